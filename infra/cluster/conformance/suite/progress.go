package main

import (
	"fmt"
	"os"
	"syscall"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// reportProgress makes each process write what it has done to the named pipe at path. ginkgo's own output has one dot a
// test.
//
// To be called after framework.AfterReadingAllFlags, which previews the tests: what was to happen for each test is gone
// after that (ginkgo's Suite.Clone leaves it out).
func reportProgress(path string) {
	ginkgo.ReportBeforeSuite(func(report ginkgo.Report) {
		tell(path, "%d tests, %d at a time", report.PreRunStats.SpecsThatWillRun, report.SuiteConfig.ParallelTotal)
	})
	ginkgo.ReportAfterEach(func(report ginkgo.SpecReport) {
		if report.NumAttempts > 0 { // it was asked for
			tell(path, "%s %5.1f s  %s", result(report), report.RunTime.Seconds(), report.FullText())
		}
	})
}

func result(report ginkgo.SpecReport) string {
	switch report.State {
	case types.SpecStatePassed:
		return "passed "
	case types.SpecStateSkipped:
		return "skipped"
	default:
		return "FAILED "
	}
}

// tell writes one line at once, so that those of several processes do not mix (POSIX: up to PIPE_BUF bytes).
func tell(path, format string, args ...any) {
	pipe, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return // nobody wants to know
	}
	defer pipe.Close()
	fmt.Fprintf(pipe, format+"\n", args...)
}
