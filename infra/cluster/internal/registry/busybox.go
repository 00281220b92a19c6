package registry

import (
	"archive/tar"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// FindBusybox returns the path of the host's BusyBox. It returns an error unless BusyBox is linked statically, because
// the image contains no libraries.
func FindBusybox() (string, error) {
	path, err := exec.LookPath("busybox")
	if err != nil {
		return "", errors.New("this machine has no busybox")
	}
	file, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	defer file.Close()
	if slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return "", fmt.Errorf("%s is not linked statically", path)
	}
	return path, nil
}

// AddBusybox pushes an image with BusyBox and a link for each of its commands to a repository of the registry on
// address.
func AddBusybox(ctx context.Context, address, repository, busybox string) error {
	ref, err := name.ParseReference(address + "/" + repository)
	if err != nil {
		return err
	}
	commands, err := exec.CommandContext(ctx, busybox, "--list").Output()
	if err != nil {
		return fmt.Errorf("%s --list: %w", busybox, err)
	}
	// The user is root, because ping, traceroute and the debugging of a node need it. A Pod's runAsUser overrides it.
	err = push(ctx, ref, v1.Config{Cmd: []string{"sh"}}, func(archive *tar.Writer) error {
		if err := addFile(archive, "bin/busybox", busybox); err != nil {
			return err
		}
		for _, command := range strings.Fields(string(commands)) {
			if command == "busybox" {
				continue
			}
			link := &tar.Header{Typeflag: tar.TypeSymlink, Name: path.Join("bin", command), Linkname: "busybox", Mode: 0o777}
			if err := archive.WriteHeader(link); err != nil {
				return err
			}
		}
		// The container runtime looks up root in these files, and shells expect a writable folder.
		return errors.Join(
			addText(archive, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
			addText(archive, "etc/group", "root:x:0:\n"),
			archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "root/", Mode: 0o700}),
			archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}),
		)
	})
	if err != nil {
		return fmt.Errorf("add the image of %s: %w", busybox, err)
	}
	return nil
}

func addText(archive *tar.Writer, name, text string) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err := archive.Write([]byte(text))
	return err
}
