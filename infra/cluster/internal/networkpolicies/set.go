package networkpolicies

import (
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/knftables"
)

// set is a set of addresses, or a map of addresses to verdicts.
type set struct {
	kind       string // nftables' type, such as "ipv4_addr"
	comment    string
	isMap      bool
	want, have map[string]element // by key
	changed    map[string]bool    // keys of elements that differ from the kernel's
	exists     bool               // in the kernel
	deleted    bool
}

// element is the rest of an element of a set.
type element struct {
	verdict string // in a map
	comment string // the Pod
}

func (s *set) create(tx *knftables.Transaction, name string) {
	switch {
	case s.exists || s.deleted:
	case s.isMap:
		tx.Add(&knftables.Map{Name: name, Type: s.kind, Comment: comment(s.comment)})
	default:
		tx.Add(&knftables.Set{Name: name, Type: s.kind, Comment: comment(s.comment)})
	}
}

// update writes the changed elements.
func (s *set) update(tx *knftables.Transaction, name string) {
	deleted, added := s.difference()
	for _, member := range deleted {
		tx.Delete(s.element(name, member, s.have[member]))
	}
	for _, member := range added {
		tx.Add(s.element(name, member, s.want[member]))
	}
}

// difference returns the keys of the elements that the kernel has to delete, and those that it has to add afterwards. An
// element that changes is among both.
func (s *set) difference() (deleted, added []string) {
	for _, member := range slices.Sorted(maps.Keys(s.changed)) {
		want, wanted := s.want[member]
		have, found := s.have[member]
		if wanted && found && want == have {
			continue
		}
		if found {
			deleted = append(deleted, member)
		}
		if wanted {
			added = append(added, member)
		}
	}
	return deleted, added
}

func (s *set) element(name, member string, e element) *knftables.Element {
	written := &knftables.Element{Key: strings.Split(member, " . "), Comment: comment(e.comment)}
	if s.isMap {
		written.Map, written.Value = name, []string{e.verdict}
	} else {
		written.Set = name
	}
	return written
}
