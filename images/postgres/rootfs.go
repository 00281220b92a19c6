package postgres

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

// file is an entry of the image's root file system.
type file struct {
	header  tar.Header
	content []byte
}

// files are the entries by their path, which has no leading slash.
type files map[string]file

// extract downloads the packages from Debian, checks their signatures and returns what the image needs of them.
func extract(ctx context.Context) (files, error) {
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
	kept, readError := read(output)
	// mmdebstrap pads its archive: it must be read to the end, or the process sees a broken pipe.
	_, drainError := io.Copy(io.Discard, output)
	if err := command.Wait(); err != nil {
		return nil, fmt.Errorf("mmdebstrap: %w; it said:\n%s", err, lastLines(messages.String(), 10))
	}
	if err := errors.Join(readError, drainError); err != nil {
		return nil, fmt.Errorf("read mmdebstrap's archive: %w", err)
	}
	return trim(kept)
}

// read collects what keep wants, and every shared library, from a tar archive.
func read(archive io.Reader) (files, error) {
	kept := files{}
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
		kept[name] = file{header: *header, content: content}
	}
}

func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
