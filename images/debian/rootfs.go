// Package debian takes the files of an image from Debian's packages, for machines that reach no image registry.
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

// suite is the Debian release.
const suite = "bookworm"

// File is an entry of an image's root file system.
type File struct {
	Header  tar.Header
	Content []byte
}

// Files are the entries by their path, which has no leading slash.
type Files map[string]File

// Keep reports whether an extracted file goes into the image, shared libraries apart: those follow from what needs them.
type Keep func(path string) bool

// Extract downloads the packages, with all that they depend on, from Debian, checks their signatures and returns the files
// that keep names, with their libraries.
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
	// mmdebstrap pads its archive: it must be read to the end, or the process sees a broken pipe.
	_, drainError := io.Copy(io.Discard, output)
	if err := command.Wait(); err != nil {
		return nil, fmt.Errorf("mmdebstrap: %w; it said:\n%s", err, LastLines(messages.String(), 10))
	}
	if err := errors.Join(readError, drainError); err != nil {
		return nil, fmt.Errorf("read mmdebstrap's archive: %w", err)
	}
	return trim(kept, keep)
}

// read collects what keep wants, and every shared library, from a tar archive.
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

// LastLines returns the last lines of what a command printed.
func LastLines(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
