package layout

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"
)

// version counts the incompatible changes of the state folder. Increase it when this program cannot use older folders.
const version = 4

// VersionError means that this program cannot use the state folder. The folder was made by another version of the
// program, or its version file is damaged.
type VersionError struct{ Problem, Remedy string }

func (e *VersionError) Error() string { return e.Problem + ": " + e.Remedy }

// ClaimVersion marks the state folder as one of this version. It returns an error, and changes nothing, if CheckVersion
// does.
func (r Root) ClaimVersion() error {
	if err := r.CheckVersion(); err != nil {
		return err
	}
	path := r.versionFile()
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return renameio.WriteFile(path, fmt.Appendln(nil, version), 0o600)
}

// CheckVersion returns a VersionError if this program cannot use the state folder. It accepts a folder without etcd's
// data and without a version file: no version has started a cluster there.
func (r Root) CheckVersion() error {
	path := r.versionFile()
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(r.State("etcd")); err == nil {
			return r.otherVersion("an older", "no version file")
		}
		return nil
	}
	if err != nil {
		return err
	}
	found, err := strconv.Atoi(strings.TrimSpace(string(content)))
	switch {
	case err != nil:
		return &VersionError{
			fmt.Sprintf("%s must contain the number of the folder's layout, and contains %q", path, content),
			fmt.Sprintf("write %d into it if this version of the program made the folder, "+
				"or delete the cluster with all its data (make cluster-delete)", version),
		}
	case found < version:
		return r.otherVersion("an older", fmt.Sprint("layout ", found))
	case found > version:
		return r.otherVersion("a newer", fmt.Sprint("layout ", found))
	}
	return nil
}

func (r Root) versionFile() string { return r.State("version") }

func (r Root) otherVersion(age, found string) error {
	return &VersionError{
		fmt.Sprintf("%s was made by %s version of this program (%s; this version needs layout %d)",
			r.State(), age, found, version),
		"use that version, or delete the cluster with all its data (make cluster-delete)",
	}
}
