package traces

import (
	"cmp"
	"strconv"
	"strings"
)

// numbering holds the numbers of a trace's hops. They are nested, as in UML's communication diagrams: 3.1 is the first call that
// was made to answer call 3. The spans of a call's own calls arrive later than those of the call, and change no number that is
// given: a reader finds hop 4 where it was.
type numbering struct {
	// given are the numbers by the key of the hop, and next how many hops are numbered below a number.
	given map[string]string
	next  map[string]int
	// settled reports that no more spans are expected: hops whose callers are missing get numbers as well.
	settled bool
}

func newNumbering() *numbering { return &numbering{given: map[string]string{}, next: map[string]int{}} }

// link is a hop with its place in the tree of calls.
type link struct {
	hop Hop
	key string
	// callers are the keys of the calls that it was made for, the nearest first.
	callers []string
	// placed reports that all of its ancestors have arrived.
	placed bool
	// visited stops at callers that call each other, which no honest service sends.
	visited bool
}

// number gives a hop its number, and its callers theirs before. A hop whose callers are not complete has none.
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

// compareNumbers orders 2 before 10 and 3 before 3.1. Hops without a number are last.
func compareNumbers(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(len(b), len(a))
	}
	for {
		var first, second string
		first, a, _ = strings.Cut(a, ".")
		second, b, _ = strings.Cut(b, ".")
		x, _ := strconv.Atoi(first) // of nothing it is 0, so that 3 is before 3.1
		y, _ := strconv.Atoi(second)
		if different := cmp.Compare(x, y); different != 0 || x == 0 {
			return different
		}
	}
}
