package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2/reporters"
	"github.com/onsi/ginkgo/v2/types"
)

// report writes a JUnit report of the specs and returns its path.
func report(t *testing.T, specs ...types.SpecReport) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "junit_01.xml")
	err := reporters.GenerateJUnitReport(types.Report{RunTime: 90 * time.Second, SpecReports: specs}, path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func spec(name string, state types.SpecState, message string) types.SpecReport {
	return types.SpecReport{
		LeafNodeType: types.NodeTypeIt, LeafNodeText: name, State: state,
		Failure: types.Failure{Message: message, ForwardedPanic: message},
	}
}

func TestSummaryListsFailedAndSkippedTestsWithReasons(t *testing.T) {
	setUp := spec("", types.SpecStatePassed, "")
	setUp.LeafNodeType = types.NodeTypeSynchronizedBeforeSuite
	results, err := readResults(report(t, setUp,
		spec("DNS", types.SpecStatePassed, ""),
		spec("excluded", types.SpecStateSkipped, ""),
		spec("hints", types.SpecStateSkipped, "Requires 2 zones"),
		spec("hairpin", types.SpecStateFailed, "no answer"),
		spec("slow", types.SpecStateTimedout, "too long"),
		spec("broken", types.SpecStatePanicked, "nil map"),
		spec("half", types.SpecStateInterrupted, "by the user"),
	))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	results.summary(&out)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if got, want := lines[len(lines)-1], "conformance: 1 passed, 4 failed, 1 skipped in 90 s"; got != want {
		t.Errorf("the last line is %q, want %q", got, want)
	}
	for _, want := range []string{
		"skipped  hints\n         Requires 2 zones\n", "FAILED   hairpin\n         [FAILED] no answer\n", "FAILED   slow\n",
		"FAILED   broken\n", "nil map", "FAILED   half\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "excluded") {
		t.Errorf("the summary lists an excluded test:\n%s", out.String())
	}
}

func TestSetUpThatFailsIsAFailure(t *testing.T) {
	setUp := spec("", types.SpecStateFailed, "Error waiting for all pods to be running and ready")
	setUp.LeafNodeType = types.NodeTypeSynchronizedBeforeSuite
	results, err := readResults(report(t, setUp, spec("DNS", types.SpecStateSkipped, "")))
	if err != nil {
		t.Fatal(err)
	}
	if len(results.failed) != 1 || results.failed[0].Name != "[SynchronizedBeforeSuite]" {
		t.Errorf("failed are %v, want [SynchronizedBeforeSuite]", results.failed)
	}
}

func TestMissingReportIsAnError(t *testing.T) {
	if _, err := readResults(filepath.Join(t.TempDir(), "junit_01.xml")); err == nil {
		t.Error("readResults of a missing report succeeds")
	}
}
