package build

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

func TestAnEstimateNeedsSources(t *testing.T) {
	goroot := t.TempDir()
	if _, err := firstBuild(goroot); err == nil {
		t.Error("an estimate without the sources of Go succeeds")
	}
	fixture.Write(t, filepath.Join(goroot, "src", "net", "http", "http.go"), "package http\n\nfunc Get() {}\n")
	if took, err := firstBuild(goroot); err != nil || took < time.Second {
		t.Errorf("the estimate is %s and %v", took, err)
	}
}

func BenchmarkParsingSpeed(b *testing.B) {
	for b.Loop() {
		speed, err := parsingSpeed(filepath.Join(os.Getenv("GOROOT"), "src", "net", "http"))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(speed/1e6, "MB/s")
	}
}
