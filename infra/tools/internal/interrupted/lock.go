// Package interrupted repairs what an update that was killed leaves behind: the lock of its stack, and pending
// creations, which are objects that it has requested from the cluster and not recorded. stack.Recover uses it.
package interrupted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Lock is the lock that an update of a stack in a `file://` backend holds, with the identity of its process.
type Lock struct {
	Process int    `json:"pid"`
	Host    string `json:"hostname"`
	User    string `json:"username"`

	path string
}

// Locks reads the locks in a folder.
func Locks(folder string) ([]Lock, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	var locks []Lock
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // its update has just ended
		}
		lock := Lock{path: path}
		if err == nil {
			err = json.Unmarshal(content, &lock)
		}
		if err != nil {
			return nil, fmt.Errorf("read the lock %s: %w", path, err)
		}
		locks = append(locks, lock)
	}
	return locks, nil
}

// Stale reports whether the lock's update has certainly ended: its process ran on this host and does not exist any
// more. If another process has the same number now, the lock is not stale, and Pulumi prints how to remove it.
func (l Lock) Stale() bool {
	host, err := os.Hostname()
	return err == nil && l.Host == host && l.Process > 0 && ended(l.Process)
}

// ended reports whether the process does not exist or is a zombie.
func ended(process int) bool {
	if errors.Is(syscall.Kill(process, 0), syscall.ESRCH) {
		return true
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process)) // Linux only
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return bytes.HasPrefix(state, []byte("Z"))
}

// Remove removes the lock. (`pulumi cancel` would remove all locks of the stack, also of a running update.)
func (l Lock) Remove() error { return os.Remove(l.path) }
