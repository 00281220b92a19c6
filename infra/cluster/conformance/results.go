package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/onsi/ginkgo/v2/reporters"
)

// results holds the tests of one run by outcome. It leaves out the tests that the filter excludes.
type results struct {
	passed, failed, skipped []reporters.JUnitTestCase
	seconds                 float64
}

// readResults reads the JUnit report of upstream's framework.
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
	case test.Failure != nil || test.Error != nil: // including the set-up of the suite
		r.failed = append(r.failed, test)
	case !isTest:
	case test.Skipped == nil:
		r.passed = append(r.passed, test)
	case test.Skipped.Message != "skipped": // a test skipped itself; the filter gives no reason
		r.skipped = append(r.skipped, test)
	}
}

// summary writes the skipped tests with their reasons, the failed tests, and the counts.
func (r *results) summary(out io.Writer) {
	for _, test := range r.skipped {
		fmt.Fprintf(out, "skipped  %s\n         %s\n", test.Name, strings.TrimPrefix(test.Skipped.Message, "skipped - "))
	}
	for _, test := range r.failed {
		fmt.Fprintf(out, "FAILED   %s\n%s", test.Name, reason(test))
	}
	fmt.Fprintf(out, "conformance: %d passed, %d failed, %d skipped in %.0f s\n", len(r.passed), len(r.failed), len(r.skipped), r.seconds)
}

// reason returns the first 8 lines of a failure, indented.
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
