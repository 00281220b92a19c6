package main

import (
	"slices"
	"testing"

	"github.com/onsi/ginkgo/v2/types"
)

func TestTestsOverSCTPAreExcludedFromEveryFilter(t *testing.T) {
	for _, filter := range []string{conformant, "Feature:NetworkPolicy", "sig-network || Feature:NetworkPolicy"} {
		for labels, want := range map[string]bool{connectsSCTP: false, "other": true} {
			matches, err := types.ParseLabelFilter(withoutSCTP(filter))
			if err != nil {
				t.Fatal(err)
			}
			with := slices.Concat([]string{"sig-network", "Conformance", "Feature:NetworkPolicy"}, []string{labels})
			if got := matches(with); got != want {
				t.Errorf("%s selects %v: %t, want %t", withoutSCTP(filter), with, got, want)
			}
		}
	}
}
