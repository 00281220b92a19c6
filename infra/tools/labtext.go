package main

import (
	"fmt"
	"strings"

	"example.com/kubernetes-networking/apps/contract/outline"
)

// whereToLook prints where the lab shows, or the way on where none is active.
func (b *builder) whereToLook(outputs map[string]any, name string) {
	explorer, forward := explorerAddress(outputs)
	if forward != "" {
		fmt.Fprintf(b.out, "  first  %s\n", forward)
	}
	if name == "" {
		fmt.Fprintf(b.out, "  look   %s\n  check  %s\n", explorer, makeCommand("verify"))
		return
	}
	lab, _ := outline.Find(name)
	fmt.Fprintf(b.out, "  look   %s, at the arrow %s: %s\n", explorer, lab.Arrow, lab.Code)
	fmt.Fprintf(b.out, "  read   %s/labs/%s\n", explorer, name)
	fmt.Fprintf(b.out, "  show   in %s:\n         %s\n", makeCommand("shell"), inNamespace(fmt.Sprint(outputs["namespace"]), lab.Show))
	fmt.Fprintf(b.out, "  check  %s\n", makeCommand("verify"))
	fmt.Fprintf(b.out, "  off    %s\n", makeCommand("lab OFF=1"))
}

// inNamespace is the kubectl command for objects of this namespace.
func inNamespace(namespace, command string) string {
	return strings.Replace(command, "kubectl ", "kubectl -n "+namespace+" ", 1)
}
