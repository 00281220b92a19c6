// Package nearest suggests the correct name for a mistyped one, for error messages of the program and the tools.
package nearest

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/agext/levenshtein"
)

// Name returns the known name that differs least from given. It panics if there is none.
func Name(given string, known []string) string {
	return slices.MinFunc(slices.Sorted(slices.Values(known)), func(a, b string) int {
		return cmp.Compare(Distance(a, given), Distance(b, given))
	})
}

// Distance returns the number of differing letters. It ignores case and punctuation: serviceType, service-type and
// SERVICE_TYPE are the same.
func Distance(a, b string) int { return levenshtein.Distance(plain(a), plain(b), nil) }

func plain(name string) string {
	return strings.Map(func(letter rune) rune {
		if unicode.IsLetter(letter) || unicode.IsDigit(letter) {
			return unicode.ToLower(letter)
		}
		return -1
	}, name)
}
