// Package labs explains each way to break the demo on purpose: what is changed, what to look at, and what it teaches.
package labs

import (
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/internal/failure"
)

// Lab is the explanation of one lab. Its texts are sentences for a person.
type Lab struct {
	// Name is what the configuration calls it.
	Name contract.Lab
	// Title says what is broken.
	Title string
	// Mistake is what people do in real life that looks like this.
	Mistake string
	// Changed is the exact field of which object.
	Changed string
	// Arrow is where to look at the map, and Codes what stands there: more than one where it depends on the cluster.
	Arrow string
	Codes []failure.Code
	// Causes are why calls fail while the lab is active: it has taken effect when each of them shows. No two labs share one, so
	// that the names of the Services do not matter.
	Causes []diagnosis.Cause
	// End is what the calls that the lab breaks have in common: the lab has taken effect when all of them fail.
	End End
	// Look is what else can be seen there.
	Look []string
	// Shows are lines for bash or zsh that show it in a terminal, in which "kubectl" is without a namespace.
	Shows   []string
	Teaches string
}

// End is an end of the calls that a lab breaks.
type End int

// The ends.
const (
	Server End = iota // every call to the same server
	Caller            // every call of the same caller
	Both              // one call
)

// Visible reports whether the lab has taken effect on these calls: each of its causes shows, and no call with the same end works,
// or still fails for another cause.
func (l Lab) Visible(all []calls.Call) bool {
	for _, cause := range l.Causes {
		broken := slices.IndexFunc(all, func(call calls.Call) bool { return call.State == calls.Failing && call.Cause == cause })
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

// Commands are those of Shows in a namespace.
func (l Lab) Commands(namespace string) []string {
	var commands []string
	for _, show := range l.Shows {
		commands = append(commands, strings.ReplaceAll(show, "kubectl ", "kubectl -n "+namespace+" "))
	}
	return commands
}

// Expected are the codes in words.
func (l Lab) Expected() string {
	var words []string
	for _, code := range l.Codes {
		words = append(words, string(code))
	}
	return strings.Join(words, " or ")
}

// All are the labs in the order of contract.Labs, which is that of the way of a request.
func All() []Lab { return slices.Concat(naming(), selecting(), connecting()) }

// Find returns the lab of this name, nil if there is none.
func Find(name contract.Lab) *Lab {
	for _, lab := range All() {
		if lab.Name == name {
			return &lab
		}
	}
	return nil
}
