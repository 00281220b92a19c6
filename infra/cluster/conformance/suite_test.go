package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestProgressShowsEveryLineOfEveryProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress")
	var out strings.Builder
	stop, err := show(path, &out)
	if err != nil {
		t.Fatal(err)
	}
	var processes sync.WaitGroup
	for process := range 4 {
		processes.Go(func() {
			for line := range 100 {
				pipe, err := os.OpenFile(path, os.O_WRONLY, 0)
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Fprintf(pipe, "process %d test %d %s\n", process, line, strings.Repeat("x", 500))
				pipe.Close()
			}
		})
	}
	processes.Wait()
	stop()
	for process := range 4 {
		for line := range 100 {
			if want := fmt.Sprintf("process %d test %d %s\n", process, line, strings.Repeat("x", 500)); strings.Count(out.String(), want) != 1 {
				t.Fatalf("%q is not shown exactly once", want[:20])
			}
		}
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the pipe still exists: %v", err)
	}
}
