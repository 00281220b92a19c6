package prose

import "fmt"

// Milliseconds formats a time in milliseconds with three digits, or as a whole number from 100 on, such as "1.60 ms".
func Milliseconds(number float64) string { return fmt.Sprintf("%.*f ms", Decimals(number), number) }

// Decimals returns the number of decimals in the result of Milliseconds.
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
