//go:build e2e

package e2e

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"testing"
	"time"
)

// verifyTimeout is the longest acceptable duration of make verify.
const verifyTimeout = 30 * time.Second

// verify runs make verify on the healthy demo, and with a deleted policy, which it must report.
func (s *scenario) verify(t *testing.T) {
	s.verified(t)
	s.run("kubectl delete networkpolicy " + names["products"] + " --namespace " + s.outputs.Namespace)
	s.mustFail("make verify", names["orders"]+" -> "+names["products"]+": DENIED, want allowed", "\n    kubectl -n ")
	s.run("pulumi up --yes --skip-preview --refresh && make ready")
	s.verified(t)
}

// verified fails the test unless make verify succeeds and its files hold the same result.
func (s *scenario) verified(t *testing.T) {
	t.Helper()
	began := time.Now()
	t.Log(s.run("make verify"))
	if took := time.Since(began); took > verifyTimeout {
		t.Errorf("make verify took %s, want at most %s", took, verifyTimeout)
	}

	var matrix struct {
		Enforced string                `json:"enforced"`
		Rows     []struct{ Same bool } `json:"rows"`
	}
	if err := json.Unmarshal(s.written(t, "matrix.json"), &matrix); err != nil {
		t.Fatal(err)
	}
	for i, row := range matrix.Rows {
		if !row.Same {
			t.Errorf("row %d of matrix.json is a difference", i)
		}
	}
	if matrix.Enforced != "yes" {
		t.Errorf("matrix.json holds enforced %q, want yes", matrix.Enforced)
	}

	var report struct {
		Suites []struct {
			Cases []struct {
				Name    string    `xml:"name,attr"`
				Failure *struct{} `xml:"failure"`
				Error   *struct{} `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(s.written(t, "junit.xml"), &report); err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, suite := range report.Suites {
		for _, c := range suite.Cases {
			cases++
			if c.Failure != nil || c.Error != nil {
				t.Errorf("%s fails in junit.xml", c.Name)
			}
		}
	}
	if cases == 0 || cases != len(matrix.Rows) {
		t.Errorf("junit.xml holds %d cases and matrix.json %d rows, want the same number, more than none", cases, len(matrix.Rows))
	}
}

// written returns a file that make verify wrote.
func (s *scenario) written(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(s.path(".local", "verify", "dev", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
