package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/onsi/ginkgo/v2/reporters"
)

// results are the tests of one run by how they ended. Tests that were not asked for are in none of the lists.
type results struct {
	passed, failed, skipped []reporters.JUnitTestCase
	seconds                 float64
}

// readResults reads the report that upstream's framework writes.
func readResults(path string) (results, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return results{}, err
	}
	var report reporters.JUnitTestSuites
	if err := xml.Unmarshal(content, &report); err != nil {
		return results{}, fmt.Errorf("%s: %w", path, err)
	}
	r := results{seconds: report.Time}
	for _, suite := range report.TestSuites {
		for _, test := range suite.TestCases {
			r.add(test)
		}
	}
	return r, nil
}

func (r *results) add(test reporters.JUnitTestCase) {
	name, isTest := strings.CutPrefix(test.Name, "[It] ")
	test.Name = name
	switch {
	case test.Failure != nil || test.Error != nil: // what prepares the suite counts, too
		r.failed = append(r.failed, test)
	case !isTest:
	case test.Skipped == nil:
		r.passed = append(r.passed, test)
	case test.Skipped.Message != "skipped": // with a reason, which the filter does not give
		r.skipped = append(r.skipped, test)
	}
}

// summary writes the tests that were skipped and why, those that failed, and last the counts.
func (r *results) summary(out io.Writer) {
	for _, test := range r.skipped {
		fmt.Fprintf(out, "skipped  %s\n         %s\n", test.Name, strings.TrimPrefix(test.Skipped.Message, "skipped - "))
	}
	for _, test := range r.failed {
		fmt.Fprintf(out, "FAILED   %s\n%s", test.Name, reason(test))
	}
	fmt.Fprintf(out, "conformance: %d passed, %d failed, %d skipped in %.0f s\n", len(r.passed), len(r.failed), len(r.skipped), r.seconds)
}

// reason is the beginning of what the report says of a failure, indented.
func reason(test reporters.JUnitTestCase) string {
	var text string
	switch {
	case test.Failure != nil:
		text = test.Failure.Description
	case test.Error != nil:
		text = test.Error.Description
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return "         " + strings.Join(lines[:min(len(lines), 8)], "\n         ") + "\n"
}
