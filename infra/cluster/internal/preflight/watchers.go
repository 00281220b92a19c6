package preflight

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Instances of inotify(7) that the processes take: of the control plane the API server and the controller manager, of each
// node the kubelet most. The kernel gives root 128 unless it is told otherwise, and a desktop takes some of them.
const watchersOfControlPlane, watchersOfNode = 12, 8

// fileWatchers sees whether the cluster can watch its files. A kubelet that can't ends, and says no more than "too many open
// files".
func fileWatchers(m Machine) []Finding {
	if m.Running != 0 { // it has what it needs
		return nil
	}
	nodes, err := m.Root.Nodes()
	if err != nil {
		return nil // another check looks at the state folder
	}
	need := watchersOfControlPlane + watchersOfNode*max(1, len(nodes))
	return []Finding{watchers(freeWatchers(need), need)}
}

func watchers(free, need int) Finding {
	const check = "file watchers"
	if free < need {
		return Finding{
			check, Failed, fmt.Sprintf("root can watch files with %d more instances of inotify, and the cluster takes %d", free, need),
			"end other clusters, or allow more: `sysctl fs.inotify.max_user_instances=1024`",
		}
	}
	return Finding{Check: check, Result: OK, Found: fmt.Sprintf("%d instances of inotify are free", need)}
}

// freeWatchers is how many the kernel gives at the moment, up to limit.
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
