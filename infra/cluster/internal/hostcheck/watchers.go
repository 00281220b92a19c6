package hostcheck

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// The number of inotify(7) instances that the processes use: mainly the API server and the controller manager in the
// control plane, and the kubelet on each node. Root gets 128 by default, and a desktop uses some of them.
const watchersOfControlPlane, watchersOfNode = 12, 8

// fileWatchers checks that the cluster can watch its files. A kubelet that cannot exits with "too many open files".
func fileWatchers(m Machine) []Finding {
	if m.Running != 0 { // the running cluster already has its watchers
		return nil
	}
	nodes, err := m.Root.Nodes()
	if err != nil {
		return nil // state reports it
	}
	need := watchersOfControlPlane + watchersOfNode*max(1, len(nodes))
	return []Finding{watchers(freeWatchers(need), need)}
}

func watchers(free, need int) Finding {
	const check = "file watchers"
	if free < need {
		return Finding{
			check, Failed, fmt.Sprintf("root can create %d more instances of inotify, and the cluster needs %d", free, need),
			"stop other clusters, or allow more: `sysctl fs.inotify.max_user_instances=1024`",
		}
	}
	return Finding{Check: check, Result: OK, Found: fmt.Sprintf("%d instances of inotify are free", need)}
}

// freeWatchers returns the number of instances that the kernel grants now, up to limit.
func freeWatchers(limit int) int {
	for free := range limit {
		watcher, err := unix.InotifyInit1(unix.IN_CLOEXEC)
		if err != nil {
			return free
		}
		defer unix.Close(watcher)
	}
	return limit
}
