package networkpolicies

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/nftables"
	"sigs.k8s.io/knftables"
)

// tableName is the name of the table in the kernel: `nft list table ip network-policies` prints it.
const tableName = "network-policies"

// table is the wanted content of the table in the kernel, and what of it is there. apply writes the difference.
type table struct {
	nft    knftables.Interface
	kernel *nftables.Conn                  // for changes of elements alone; without it, nft writes them, too
	base   func(tx *knftables.Transaction) // what never changes
	chains map[string]*chain
	sets   map[string]*set
	// changed holds the names of chains and sets that differ from the kernel's.
	changed struct{ chains, sets map[string]bool }
	// stale is set until everything has been written once, and again after an error: nobody knows what is in the kernel.
	stale bool
}

// chain is a list of rules.
type chain struct {
	rules   []chainRule
	comment string
	exists  bool // in the kernel
	deleted bool
}

// chainRule is a rule as nft reads it.
type chainRule struct {
	rule    string
	comment string // or ""
}

func newTable(nft knftables.Interface, kernel *nftables.Conn, base func(tx *knftables.Transaction)) *table {
	t := &table{nft: nft, kernel: kernel, base: base, chains: map[string]*chain{}, sets: map[string]*set{}, stale: true}
	t.changed.chains, t.changed.sets = map[string]bool{}, map[string]bool{}
	return t
}

// setChain makes a chain hold these rules.
func (t *table) setChain(name, comment string, rules []chainRule) {
	c := t.chains[name]
	if c == nil {
		c = &chain{}
		t.chains[name] = c
	} else if !c.deleted && c.comment == comment && slices.Equal(c.rules, rules) {
		return
	}
	c.rules, c.comment, c.deleted = rules, comment, false
	t.changed.chains[name] = true
}

func (t *table) deleteChain(name string) {
	if c := t.chains[name]; c != nil {
		c.deleted, c.rules = true, nil
		t.changed.chains[name] = true
	}
}

// addSet adds an empty set, if there is none of this name.
func (t *table) addSet(name string, s *set) {
	if current := t.sets[name]; current != nil {
		current.deleted = false
		return
	}
	s.want, s.have, s.changed = map[string]element{}, map[string]element{}, map[string]bool{}
	t.sets[name] = s
	t.changed.sets[name] = true
}

func (t *table) deleteSet(name string) {
	if s := t.sets[name]; s != nil {
		for member := range s.want {
			s.changed[member] = true
		}
		s.deleted, s.want = true, map[string]element{}
		t.changed.sets[name] = true
	}
}

func (t *table) put(name, member string, e element) {
	s := t.sets[name]
	if current, found := s.want[member]; found && current == e {
		return
	}
	s.want[member], s.changed[member] = e, true
	t.changed.sets[name] = true
}

func (t *table) remove(name, member string) {
	s := t.sets[name]
	if _, found := s.want[member]; !found {
		return
	}
	delete(s.want, member)
	s.changed[member] = true
	t.changed.sets[name] = true
}

// apply writes all changes to the kernel, in one transaction: each packet passes either the old rules or the new ones.
// A second transaction deletes what the first has left unused: within one, the kernel still counts references that the
// transaction removes.
func (t *table) apply(ctx context.Context) error {
	if !t.stale && len(t.changed.chains) == 0 && len(t.changed.sets) == 0 {
		return nil
	}
	chains, sets := slices.Sorted(maps.Keys(t.changed.chains)), slices.Sorted(maps.Keys(t.changed.sets))
	if t.kernel != nil && !t.stale && len(chains) == 0 && t.exist(sets) {
		if err := writeElements(t.kernel, t.sets, sets); err != nil {
			t.stale = true
			return fmt.Errorf("write the addresses of the policies: %w", err)
		}
		return t.applied(ctx, chains, sets)
	}
	tx := t.nft.NewTransaction()
	if t.stale {
		t.forget()
		chains, sets = slices.Sorted(maps.Keys(t.changed.chains)), slices.Sorted(maps.Keys(t.changed.sets))
		tx.Add(&knftables.Table{})
		tx.Delete(&knftables.Table{})
		tx.Add(&knftables.Table{Comment: comment("NetworkPolicies of the Pods of this node")})
	}
	for _, name := range sets {
		t.sets[name].create(tx, name)
	}
	if t.stale {
		t.base(tx)
	}
	for _, name := range chains {
		if c := t.chains[name]; !c.exists && !c.deleted {
			tx.Add(&knftables.Chain{Name: name, Comment: comment(c.comment)})
		}
	}
	for _, name := range sets {
		if s := t.sets[name]; !s.isMap {
			s.update(tx, name)
		}
	}
	for _, name := range chains {
		t.chains[name].write(tx, name)
	}
	for _, name := range sets {
		if s := t.sets[name]; s.isMap {
			s.update(tx, name)
		}
	}
	if err := t.nft.Run(ctx, tx); err != nil {
		t.stale = true
		return fmt.Errorf("write the rules of the policies: %w", err)
	}
	t.stale = false
	return t.applied(ctx, chains, sets)
}

// exist reports whether the kernel has all these sets, and none of them is to be deleted.
func (t *table) exist(sets []string) bool {
	return !slices.ContainsFunc(sets, func(name string) bool { return !t.sets[name].exists || t.sets[name].deleted })
}

// forget marks everything as missing in the kernel.
func (t *table) forget() {
	for name, c := range t.chains {
		c.exists = false
		t.changed.chains[name] = true
	}
	for name, s := range t.sets {
		s.exists, s.have = false, map[string]element{}
		for member := range s.want {
			s.changed[member] = true
		}
		t.changed.sets[name] = true
	}
}

// applied notes that the kernel has these chains and sets as wanted, and deletes the unused ones.
func (t *table) applied(ctx context.Context, chains, sets []string) error {
	tx := t.nft.NewTransaction()
	for _, name := range chains {
		c := t.chains[name]
		if c.deleted {
			if c.exists {
				tx.Delete(&knftables.Chain{Name: name})
			}
			delete(t.chains, name)
		}
		c.exists = true
	}
	for _, name := range sets {
		s := t.sets[name]
		for member := range s.changed {
			if e, found := s.want[member]; found {
				s.have[member] = e
			} else {
				delete(s.have, member)
			}
		}
		clear(s.changed)
		if s.deleted {
			if s.exists {
				tx.Delete(&knftables.Set{Name: name})
			}
			delete(t.sets, name)
		}
		s.exists = true
	}
	clear(t.changed.chains)
	clear(t.changed.sets)
	if tx.NumOperations() == 0 {
		return nil
	}
	if err := t.nft.Run(ctx, tx); err != nil {
		t.stale = true
		return fmt.Errorf("delete unused rules of the policies: %w", err)
	}
	return nil
}

func (c *chain) write(tx *knftables.Transaction, name string) {
	if c.deleted && !c.exists {
		return
	}
	if c.exists {
		tx.Flush(&knftables.Chain{Name: name})
	}
	for _, rule := range c.rules {
		added := &knftables.Rule{Chain: name, Rule: rule.rule}
		if rule.comment != "" {
			added.Comment = comment(rule.comment)
		}
		tx.Add(added)
	}
}
