// Package debian builds images from Debian's packages, for machines that cannot reach an image registry. Packages
// postgres and toolbox use it. Recipe is the place to start reading.
//
// Extract downloads and unpacks packages with mmdebstrap (rootfs.go), keeps the selected files and the shared libraries
// that they need (libraries.go), and Image packs them into one layer (image.go).
package debian

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"strings"
)

// suite is the Debian release, 12.
const suite = "bookworm"

// File is an entry of an image's root file system.
type File struct {
	Header  tar.Header
	Content []byte
}

// Files maps paths, without a leading slash, to entries.
type Files map[string]File

// Keep reports whether the image needs an extracted file. Shared libraries are kept automatically if a kept file needs
// them.
type Keep func(path string) bool

// Extract downloads packages and their dependencies from Debian, and verifies their signatures. It returns the files
// that keep selects, with the libraries that they need.
func Extract(ctx context.Context, packages []string, keep Keep) (Files, error) {
	var messages bytes.Buffer
	command := exec.CommandContext(ctx, "mmdebstrap",
		"--variant=extract", // unpacked only: no maintainer script runs
		"--include="+strings.Join(packages, ","),
		`--aptopt=Apt::Install-Recommends "false"`, "--format=tar", suite, "-")
	command.Stderr = &messages
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start mmdebstrap: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start mmdebstrap: %w", err)
	}
	kept, readError := read(output, keep)
	// mmdebstrap pads its archive. Without reading it to the end, the process would fail with a broken pipe.
	_, drainError := io.Copy(io.Discard, output)
	if err := command.Wait(); err != nil {
		return nil, fmt.Errorf("mmdebstrap: %w; its output ends with:\n%s", err, LastLines(messages.String(), 10))
	}
	if err := errors.Join(readError, drainError); err != nil {
		return nil, fmt.Errorf("read mmdebstrap's archive: %w", err)
	}
	return trim(kept, keep)
}

// read returns the files that keep selects, and all shared libraries, from a tar archive.
func read(archive io.Reader, keep Keep) (Files, error) {
	kept := Files{}
	reader := tar.NewReader(archive)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return kept, nil
		}
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(path.Clean(header.Name), "/")
		if header.Typeflag == tar.TypeDir || !keep(name) && !isLibrary(name) {
			continue
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		header.Linkname = strings.TrimPrefix(header.Linkname, "./")
		kept[name] = File{Header: *header, Content: content}
	}
}

// LastLines returns the last lines of text.
func LastLines(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
