package build

import (
	"errors"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// firstBuildWork is the size of the Go source, in bytes, that a machine parses in the time of a first build. Parsing
// uses a processor and its memory as a compiler does, so the ratio of both times differs little between machines.
const firstBuildWork = 75 << 30

// measureFor is how long parsingSpeed parses.
const measureFor = 500 * time.Millisecond

// firstBuild estimates how long a first build takes on this machine, without the download of the modules.
func firstBuild(goroot string) (time.Duration, error) {
	speed, err := parsingSpeed(filepath.Join(goroot, "src", "net", "http"))
	if err != nil {
		return 0, err
	}
	return time.Duration(firstBuildWork / speed * float64(time.Second)), nil
}

// parsingSpeed returns how much source all processors together parse, in bytes per second. It parses the Go files of
// folder again and again.
func parsingSpeed(folder string) (float64, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return 0, err
	}
	var files [][]byte
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		files = append(files, content)
	}
	if len(files) == 0 {
		return 0, errors.New("no Go files in " + folder)
	}
	var parsed atomic.Int64
	var running sync.WaitGroup
	began := time.Now()
	for range runtime.GOMAXPROCS(0) {
		running.Go(func() {
			for i := 0; time.Since(began) < measureFor; i++ {
				content := files[i%len(files)]
				_, _ = parser.ParseFile(token.NewFileSet(), "", content, parser.SkipObjectResolution)
				parsed.Add(int64(len(content)))
			}
		})
	}
	running.Wait()
	return float64(parsed.Load()) / time.Since(began).Seconds(), nil
}
