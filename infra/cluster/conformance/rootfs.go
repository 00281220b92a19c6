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

// bootstrap makes the root file system that upstream's test/images/agnhost/Dockerfile makes of Alpine's packages: what the
// tests run in it by `kubectl exec`. The packages are unpacked only, no maintainer script runs, hence the hook.
var bootstrap = []string{
	"--variant=extract", "--format=tar", `--aptopt=Apt::Install-Recommends "false"`,
	"--include=busybox,bash,bind9-dnsutils,conntrack,curl,iproute2,libc-bin,netcat-openbsd,wget",
	"--dpkgopt=path-exclude=/usr/share/*", "--dpkgopt=path-include=/usr/share/doc/*/copyright",
	`--extract-hook=cd "$1" && mkdir -p root uploads && ln -s nc.openbsd bin/nc && ` +
		`echo root:x:0:0:root:/root:/bin/sh >etc/passwd && chroot . /bin/busybox --install -s /bin`,
	"bookworm",
}

// rootFileSystem returns a tar archive. It is made once, and kept in folder.
func rootFileSystem(ctx context.Context, folder string) (string, error) {
	path := filepath.Join(folder, fmt.Sprintf("conformance-%.6x.tar", sha256.Sum256([]byte(strings.Join(bootstrap, "\n")))))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	say("making the test image's root file system of Debian's packages: half a minute")
	messages, err := exec.CommandContext(ctx, "mmdebstrap", append(bootstrap, path+".new")...).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("mmdebstrap is not installed: apt-get install mmdebstrap")
	}
	if err != nil {
		lines := bytes.Split(bytes.TrimSpace(messages), []byte("\n"))
		return "", fmt.Errorf("mmdebstrap: %w; it said:\n%s", err, bytes.Join(lines[max(0, len(lines)-10):], []byte("\n")))
	}
	return path, os.Rename(path+".new", path)
}
