package traces

import (
	"cmp"
	"strconv"
	"strings"
)

// numbering assigns the numbers of a trace's hops. They are hierarchical, as in UML's communication diagrams: 3.1 is
// the first call that was made to answer call 3. An assigned number never changes when more spans arrive, so that a
// reader finds hop 4 in the same place.
type numbering struct {
	// given holds the numbers by the key of the hop. next counts the hops numbered below each number.
	given map[string]string
	next  map[string]int
	// settled is true if no more spans are expected. Then hops whose callers are missing get numbers, too.
	settled bool
}

func newNumbering() *numbering { return &numbering{given: map[string]string{}, next: map[string]int{}} }

// link is a hop with its callers.
type link struct {
	hop Hop
	key string
	// callers are the keys of the calls for which the hop was made, the nearest first.
	callers []string
	// placed is true if all ancestors of its span have arrived.
	placed bool
	// visited ends the recursion at callers that call each other, which only a malicious sender produces.
	visited bool
}

// number assigns numbers to the callers of a hop, and then to the hop. A hop with missing callers gets none until the
// trace is settled.
func (n *numbering) number(one *link, all map[string]*link) {
	if one.hop.Number = n.given[one.key]; one.hop.Number != "" || !one.placed && !n.settled {
		return
	}
	one.visited = true
	above := ""
	for _, key := range one.callers {
		if caller := all[key]; caller != nil && (!caller.visited || caller.hop.Number != "") {
			n.number(caller, all)
			above = caller.hop.Number + "."
			break
		}
	}
	n.next[above]++
	one.hop.Number = above + strconv.Itoa(n.next[above])
	n.given[one.key] = one.hop.Number
}

// compareNumbers orders 2 before 10, and 3 before 3.1. Hops without a number come last.
func compareNumbers(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(len(b), len(a))
	}
	for {
		var first, second string
		first, a, _ = strings.Cut(a, ".")
		second, b, _ = strings.Cut(b, ".")
		x, _ := strconv.Atoi(first) // 0 for "", so that 3 comes before 3.1
		y, _ := strconv.Atoi(second)
		if different := cmp.Compare(x, y); different != 0 || x == 0 {
			return different
		}
	}
}
