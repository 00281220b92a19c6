package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// bootstrap holds mmdebstrap's arguments for a root file system with the tools that the tests run through `kubectl
// exec`. Upstream's test/images/agnhost/Dockerfile installs them from Alpine's packages. No maintainer scripts run,
// hence the hook.
var bootstrap = []string{
	"--variant=extract", "--format=tar", `--aptopt=Apt::Install-Recommends "false"`,
	"--include=busybox,bash,bind9-dnsutils,conntrack,curl,iproute2,libc-bin,netcat-openbsd,wget",
	"--dpkgopt=path-exclude=/usr/share/*", "--dpkgopt=path-include=/usr/share/doc/*/copyright",
	`--extract-hook=cd "$1" && mkdir -p root uploads && ln -s nc.openbsd bin/nc && ` +
		`echo root:x:0:0:root:/root:/bin/sh >etc/passwd && chroot . /bin/busybox --install -s /bin`,
	"bookworm",
}

// rootFileSystem returns the path of a tar archive in folder. It builds the archive if it does not exist.
func rootFileSystem(ctx context.Context, folder string) (string, error) {
	path := filepath.Join(folder, fmt.Sprintf("conformance-%.6x.tar", sha256.Sum256([]byte(strings.Join(bootstrap, "\n")))))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	progress("building the test image's root file system from Debian's packages, which takes half a minute")
	messages, err := exec.CommandContext(ctx, "mmdebstrap", append(bootstrap, path+".new")...).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("mmdebstrap is not installed: apt-get install mmdebstrap")
	}
	if err != nil {
		lines := bytes.Split(bytes.TrimSpace(messages), []byte("\n"))
		return "", fmt.Errorf("mmdebstrap: %w; its output:\n%s", err, bytes.Join(lines[max(0, len(lines)-10):], []byte("\n")))
	}
	return path, os.Rename(path+".new", path)
}
