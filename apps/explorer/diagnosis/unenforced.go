package diagnosis

import (
	"fmt"
	"strings"
)

// maxNamed is how many connections a sentence names.
const maxNamed = 3

// Unenforced says that network policies count for nothing, since these connections came about, each "a to b".
func Unenforced(open ...string) string {
	return fmt.Sprintf("NetworkPolicies are not enforced here: no such connection is declared from %s, and it is let through. "+
		"Either the cluster lacks a network plugin that enforces them, such as Calico, Cilium or kube-router, or somebody has changed "+
		"or deleted them.", named(open))
}

// named is "a to b, c to d, e to f and 7 more".
func named(names []string) string {
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}
