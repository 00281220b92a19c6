// Package interrupted mends what an update leaves behind that was killed: the lock of its stack, and objects that it had
// asked the cluster for and did not live to note.
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

// Lock is what an update of a stack in a `file://` backend writes down of itself, and removes at its end.
type Lock struct {
	Process int    `json:"pid"`
	Host    string `json:"hostname"`
	User    string `json:"username"`

	path string
}

// Locks reads the locks below folder, each as the update that holds it has written it.
func Locks(folder string) ([]Lock, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	var locks []Lock
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // its update has ended meanwhile
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

// Stale reports whether the lock's update has certainly ended: its process was one of this host, and is gone. A process
// of that number may be another one by now: then the lock stays, and Pulumi says how to remove it.
func (l Lock) Stale() bool {
	host, err := os.Hostname()
	return err == nil && l.Host == host && l.Process > 0 && ended(l.Process)
}

// ended reports whether there is no such process, or one that was killed and waits for its parent to take note.
func ended(process int) bool {
	if errors.Is(syscall.Kill(process, 0), syscall.ESRCH) {
		return true
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process)) // elsewhere than on Linux there is none
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return bytes.HasPrefix(state, []byte("Z"))
}

// Remove removes this lock alone. (`pulumi cancel` removes all locks of the stack, that of a running update too.)
func (l Lock) Remove() error { return os.Remove(l.path) }
