package prose

import "fmt"

// Milliseconds are three digits and the unit, and whole ones from a hundred on.
func Milliseconds(number float64) string { return fmt.Sprintf("%.*f ms", Decimals(number), number) }

// Decimals is how many digits Milliseconds writes behind the point.
func Decimals(number float64) int {
	switch {
	case number >= 99.5:
		return 0
	case number >= 9.95:
		return 1
	default:
		return 2
	}
}
