// Package nearest finds the name that somebody most probably wanted who mistyped one.
package nearest

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/agext/levenshtein"
)

// Name returns the known name that differs least from the given one. There must be at least one.
func Name(given string, known []string) string {
	return slices.MinFunc(slices.Sorted(slices.Values(known)), func(a, b string) int {
		return cmp.Compare(Distance(a, given), Distance(b, given))
	})
}

// Distance is how many letters differ, whether the words are written serviceType, service-type or SERVICE_TYPE.
func Distance(a, b string) int { return levenshtein.Distance(plain(a), plain(b), nil) }

func plain(name string) string {
	return strings.Map(func(letter rune) rune {
		if unicode.IsLetter(letter) || unicode.IsDigit(letter) {
			return unicode.ToLower(letter)
		}
		return -1
	}, name)
}
