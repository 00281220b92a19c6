package service

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// edit is one difference between two texts. Starting where the previous edit ended, it keeps some bytes, drops some,
// and inserts others. The rest after the last edit is kept.
type edit struct {
	Keep   int    `json:"keep"`
	Drop   int    `json:"drop"`
	Insert string `json:"insert"`
}

// edits returns the edits that turn one page into the next. If both have the same number of tags, there is one edit per
// different text or tag; otherwise a single edit from the first difference to the last.
func edits(before, after string) []edit {
	old, current := strings.SplitAfter(before, ">"), strings.SplitAfter(after, ">")
	if len(old) != len(current) {
		old, current = []string{before}, []string{after}
	}
	made, kept := []edit{}, 0
	for i := range old {
		if old[i] == current[i] {
			kept += len(old[i])
			continue
		}
		begin, end := common(old[i], current[i])
		made = append(made,
			edit{Keep: kept + begin, Drop: len(old[i]) - begin - end, Insert: current[i][begin : len(current[i])-end]})
		kept = end
	}
	return made
}

// common returns the lengths of the longest common prefix and suffix of two texts. They do not overlap.
func common(a, b string) (begin, end int) {
	shorter := min(len(a), len(b))
	for begin < shorter && a[begin] == b[begin] {
		begin++
	}
	for end < shorter-begin && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return begin, end
}

// ascii replaces all non-ASCII characters by character references. Positions are then the same in Go, which counts
// bytes, and in JavaScript, which counts UTF-16 code units.
func ascii(html []byte) string {
	var text strings.Builder
	text.Grow(len(html))
	for _, character := range string(html) {
		if character < utf8.RuneSelf {
			text.WriteByte(byte(character))
		} else {
			fmt.Fprintf(&text, "&#%d;", character)
		}
	}
	return text.String()
}
