// Package labs explains each lab, a fault that a user injects into the demo on purpose: the change, its effect, and
// what it teaches. The pages below /labs show these texts. Package lab of the Pulumi program applies the change.
//
// Start with [Lab]. The labs are in naming.go, selecting.go and connecting.go.
package labs

import (
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
)

// Lab is the explanation of one lab.
type Lab struct {
	// Name is the name in the configuration.
	Name contract.Lab
	// Title names the fault.
	Title string
	// Mistake describes how people cause this fault in real life.
	Mistake string
	// Changed names the changed object and field.
	Changed string
	// Arrow names the failing calls on the map, such as "every call from orders". Codes are the codes that they show: several
	// if they depend on the cluster.
	Arrow string
	Codes []failure.Code
	// Causes are the causes of the failing calls. The lab has taken effect when each of them shows. Each lab has its own
	// causes, so that the names of the Services do not matter.
	Causes []diagnosis.Cause
	// End is what the failing calls have in common. The lab has taken effect when all of them fail.
	End End
	// Hints describe what else to observe.
	Hints []string
	// Shows are commands for bash or zsh that show the fault. Commands adds the namespace to kubectl.
	Shows   []string
	Teaches string
}

// End is the common end of the calls that a lab breaks.
type End int

// The ends.
const (
	Server End = iota // every call to the same server
	Caller            // every call of the same caller
	Both              // one call
)

// Visible reports whether the lab has taken effect: each of its causes shows, and no call with the same end works or
// fails for another cause.
func (l Lab) Visible(all []calls.Call) bool {
	for _, cause := range l.Causes {
		broken := slices.IndexFunc(all,
			func(call calls.Call) bool { return call.State == calls.Failing && call.Cause == cause })
		if broken < 0 {
			return false
		}
		other := func(call calls.Call) bool {
			return call.State != calls.Unknown && call.Cause != cause && l.End.same(call, all[broken])
		}
		if slices.ContainsFunc(all, other) {
			return false
		}
	}
	return true
}

func (e End) same(a, b calls.Call) bool {
	return (e == Server || a.From == b.From) && (e == Caller || a.To == b.To)
}

// Commands returns the commands of Shows for a namespace.
func (l Lab) Commands(namespace string) []string {
	var commands []string
	for _, show := range l.Shows {
		commands = append(commands, strings.ReplaceAll(show, "kubectl ", "kubectl -n "+namespace+" "))
	}
	return commands
}

// Expected returns the codes in one text, such as "REFUSED or TIMEOUT".
func (l Lab) Expected() string {
	var words []string
	for _, code := range l.Codes {
		words = append(words, string(code))
	}
	return strings.Join(words, " or ")
}

// All returns the labs in the order of contract.Labs, which follows the steps of a request.
func All() []Lab { return slices.Concat(naming(), selecting(), connecting()) }

// Find returns the lab of this name; nil if there is none.
func Find(name contract.Lab) *Lab {
	for _, lab := range All() {
		if lab.Name == name {
			return &lab
		}
	}
	return nil
}
