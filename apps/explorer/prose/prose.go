// Package prose formats numbers and lists for the explorer's sentences.
package prose

import (
	"fmt"
	"strings"
)

// Count returns a number with its noun, such as "1 Pod" or "3 Pods".
func Count(number int, of string) string {
	if number == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", number, of)
}

// List returns an enumeration such as "pods, services and deployments".
func List(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
