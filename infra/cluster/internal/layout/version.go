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
const version = 3

// ClaimVersion marks the state folder as one of this version. It returns an error, and changes nothing, if the folder
// was made by an older or a newer version of this program.
func (r Root) ClaimVersion() error {
	path := r.State("version")
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(r.State("etcd")); err == nil {
			return r.otherVersion("an older", 1)
		}
		return renameio.WriteFile(path, fmt.Appendln(nil, version), 0o600)
	}
	if err != nil {
		return err
	}
	found, err := strconv.Atoi(strings.TrimSpace(string(content)))
	switch {
	case err != nil:
		return fmt.Errorf("%s must contain the number %d, and contains %q: write that number, "+
			"or delete the cluster with all its data (make cluster-delete)", path, version, content)
	case found < version:
		return r.otherVersion("an older", found)
	case found > version:
		return r.otherVersion("a newer", found)
	}
	return nil
}

func (r Root) otherVersion(age string, found int) error {
	return fmt.Errorf("%s was made by %s version of this program (layout %d; this version needs %d): use that version, "+
		"or delete the cluster with all its data (make cluster-delete)", r.State(), age, found, version)
}
