package matrix

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	contract "example.com/kubernetes-networking/apps/contract/matrix"
)

// JUnit returns the matrix as JUnit XML with a test case for each connection: a failure if the result differs from the
// expected one, an error if it could not be measured. The format has no standard; https://github.com/testmoapp/junitxml
// describes what its readers have in common.
func (m Matrix) JUnit() ([]byte, error) {
	suite := testSuite{
		Name: "connections in " + m.Namespace, Tests: len(m.Rows), Time: seconds(m.Milliseconds),
		Timestamp: m.MeasuredAt.UTC().Format(time.RFC3339),
	}
	for _, r := range m.Rows {
		one := testCase{Class: r.From, Name: r.FromPod + ": " + row{r}.connection(), Time: seconds(r.Milliseconds)}
		switch {
		case r.Same:
		case r.Measured == contract.Unmeasured:
			one.Error = row{r}.problem()
			suite.Errors++
		default:
			one.Failure = row{r}.problem()
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, one)
	}
	content, err := xml.MarshalIndent(testSuites{
		Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Time: suite.Time, Suites: []testSuite{suite},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the matrix as JUnit XML: %w", err)
	}
	return []byte(xml.Header + string(content) + "\n"), nil
}

type testSuites struct {
	XMLName  xml.Name    `xml:"testsuites"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Time     string      `xml:"time,attr"`
	Suites   []testSuite `xml:"testsuite"`
}

type testSuite struct {
	Name      string     `xml:"name,attr"`
	Tests     int        `xml:"tests,attr"`
	Failures  int        `xml:"failures,attr"`
	Errors    int        `xml:"errors,attr"`
	Skipped   int        `xml:"skipped,attr"`
	Time      string     `xml:"time,attr"`
	Timestamp string     `xml:"timestamp,attr"`
	Cases     []testCase `xml:"testcase"`
}

type testCase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr"`
	Failure *problem `xml:"failure"`
	Error   *problem `xml:"error"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func (r row) problem() *problem {
	var sentences []string
	for _, sentence := range []string{r.Detail, r.Reason} {
		if sentence != "" {
			sentences = append(sentences, sentence)
		}
	}
	return &problem{Message: r.short(), Type: string(r.Code), Text: strings.Join(sentences, "\n")}
}

func seconds(milliseconds float64) string { return fmt.Sprintf("%.3f", milliseconds/1000) }
