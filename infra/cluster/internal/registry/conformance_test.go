package registry_test

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestConformsToTheDistributionSpecification runs all categories of the Open Container Initiative's conformance tests
// for registries: pull, push, content discovery and content management. See
// https://github.com/opencontainers/distribution-spec/tree/main/conformance.
func TestConformsToTheDistributionSpecification(t *testing.T) {
	folder := t.TempDir()
	suite := filepath.Join(folder, "conformance")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", suite, "github.com/opencontainers/distribution-spec/conformance")
	build.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the suite: %v\n%s", err, output)
	}
	address := serve(t, filepath.Join(folder, "registry"), nil)
	run := exec.CommandContext(t.Context(), suite)
	run.Dir = folder
	run.Env = []string{"OCI_REGISTRY=" + address, "OCI_TLS=disabled", "OCI_VERSION=1.1"}
	_, _ = run.CombinedOutput() // the report below has the details
	report, err := os.ReadFile(filepath.Join(folder, "results", "junit.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var result struct {
		Cases []struct {
			Class   string  `xml:"classname,attr"`
			Name    string  `xml:"name,attr"`
			Status  string  `xml:"status,attr"`
			Failure *string `xml:"failure"`
			Error   *string `xml:"error"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal(report, &result); err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, c := range result.Cases {
		switch c.Status {
		case "passed":
			passed++
		case "skipped":
			t.Logf("skipped: %s/%s", c.Class, c.Name)
		default:
			t.Errorf("%s/%s: %s %v %v", c.Class, c.Name, c.Status, c.Failure, c.Error)
		}
	}
	if t.Logf("%d passed", passed); passed < 600 {
		t.Errorf("%d tests passed, want the whole suite", passed)
	}
}
