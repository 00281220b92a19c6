package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// printRounds writes the medians, and the course of the median round of each command. The medians of single steps would
// not add up.
func printRounds(w io.Writer, rounds []round) {
	fmt.Fprintf(w, "\nMedians of %d rounds on %d processors, in seconds:\n\n", len(rounds), runtime.NumCPU())
	commands := []struct {
		name string
		aim  int
		of   func(round) measurement
	}{
		{"pulumi up, from an empty namespace", 30, func(r round) measurement { return r.up }},
		{"pulumi up, nothing to change", 4, func(r round) measurement { return r.again }},
		{"pulumi preview", 3, func(r round) measurement { return r.preview }},
	}
	fmt.Fprintf(w, "  %-36s %6s  %5s to %-5s  %s\n", "", "median", "best", "worst", "aim")
	for _, c := range commands {
		sorted := byDuration(rounds, c.of)
		fmt.Fprintf(w, "  %-36s %6.1f  %5.1f to %-5.1f  %3d\n", c.name, c.of(middle(sorted)).took.Seconds(),
			c.of(sorted[0]).took.Seconds(), c.of(sorted[len(sorted)-1]).took.Seconds(), c.aim)
	}
	for _, c := range commands {
		r := middle(byDuration(rounds, c.of))
		fmt.Fprintf(w, "\nCourse of the median %s (seconds since its start, since the line above):\n\n", c.name)
		printCourse(w, c.of(r))
		if c.aim == 30 {
			printPulls(w, r.pulls)
		}
	}
}

func byDuration(rounds []round, of func(round) measurement) []round {
	return slices.SortedFunc(slices.Values(rounds), func(a, b round) int { return cmp.Compare(of(a).took, of(b).took) })
}

func middle(sorted []round) round { return sorted[(len(sorted)-1)/2] }

func printCourse(w io.Writer, m measurement) {
	events := append(slices.Clone(m.events), event{m.began.Add(m.took), "pulumi has ended"})
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	before := time.Duration(0)
	for _, e := range events {
		at := e.at.Sub(m.began)
		fmt.Fprintf(w, "  %5.1f  +%4.1f  %s\n", at.Seconds(), (at - before).Seconds(), e.what)
		before = at
	}
}

func printPulls(w io.Writer, pulls []time.Duration) {
	if len(pulls) == 0 {
		fmt.Fprintln(w, "\n  The node pulled no image, because it has all of them.")
		return
	}
	fmt.Fprintf(w, "\n  The node pulled %d images, the slowest in %.1f s.\n", len(pulls), slices.Max(pulls).Seconds())
}
