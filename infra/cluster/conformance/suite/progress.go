package main

import (
	"fmt"
	"os"
	"syscall"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// reportProgress makes each process write its results to the named pipe at path. ginkgo itself prints only a dot for
// each test.
//
// It must be called after framework.AfterReadingAllFlags, which previews the tests and thereby drops earlier report
// nodes (ginkgo's Suite.Clone does not copy them).
func reportProgress(path string) {
	ginkgo.ReportBeforeSuite(func(report ginkgo.Report) {
		writeLine(path, "%d tests, %d at a time", report.PreRunStats.SpecsThatWillRun, report.SuiteConfig.ParallelTotal)
	})
	ginkgo.ReportAfterEach(func(report ginkgo.SpecReport) {
		if report.NumAttempts > 0 { // the filter includes it
			writeLine(path, "%s %5.1f s  %s", result(report), report.RunTime.Seconds(), report.FullText())
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

// writeLine writes one line in a single call, so that lines of several processes do not mix (POSIX: up to PIPE_BUF
// bytes).
func writeLine(path, format string, args ...any) {
	pipe, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return // nobody reads the pipe
	}
	defer pipe.Close()
	fmt.Fprintf(pipe, format+"\n", args...)
}
