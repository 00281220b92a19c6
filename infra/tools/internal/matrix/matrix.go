// Package matrix reads the explorer's measurement of the connections between the Pods, and renders it as text for
// people and as JUnit XML for CI systems. stack.Verify uses it.
package matrix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Matrix is one round of measurements, as the explorer returns it.
type Matrix struct {
	Namespace string `json:"namespace"`
	// Lab is the active lab; empty for none.
	Lab          string    `json:"lab"`
	MeasuredAt   time.Time `json:"measuredAt"`
	Milliseconds float64   `json:"milliseconds"`
	// Enforced is yes, no or unknown: whether the cluster enforces NetworkPolicies. EnforcedDetail is a
	// sentence with the result and the reason.
	Enforced       string `json:"enforced"`
	EnforcedDetail string `json:"enforcedDetail"`
	Rows           []Row  `json:"rows"`
}

// Row is one connection, expected and measured to be allowed or denied.
type Row struct {
	From    string `json:"from"`
	FromPod string `json:"fromPod"`
	To      string `json:"to"`
	// Kind is how it is reached: service, pod, external, localhost, or control for what is closed to all but the
	// explorer.
	Kind string `json:"kind"`
	// Group is the line of the grid that the connection belongs to, such as "the Pods of orders".
	Group    string `json:"group"`
	Target   string `json:"target"`
	ToPod    string `json:"toPod"`
	Expected string `json:"expected"`
	Reason   string `json:"reason"`
	Measured string `json:"measured"`
	// Code and Detail describe why a connection failed or got no answer. Command shows it in a terminal.
	Code         string  `json:"code"`
	Detail       string  `json:"detail"`
	Command      string  `json:"command"`
	Milliseconds float64 `json:"milliseconds"`
	// Same is whether the measured result is the expected one.
	Same bool `json:"same"`
}

// Values of Row.Measured in addition to allowed and denied.
const (
	unmeasured = "unmeasured" // the Pod could not measure it
	unanswered = "unanswered" // it was established, without a valid answer
)

// Read reads the explorer's answer. An answer without a connection proves nothing, and is an error.
func Read(answer []byte) (Matrix, error) {
	var envelope struct{ Data Matrix }
	if err := json.Unmarshal(answer, &envelope); err != nil {
		return Matrix{}, fmt.Errorf("read the matrix: %w", err)
	}
	if len(envelope.Data.Rows) == 0 {
		return Matrix{}, errors.New("read the matrix: it holds no connection, which proves nothing; the explorer's page shows the reason")
	}
	return envelope.Data, nil
}

// JSON returns the matrix of an answer, indented, with all of its fields.
func JSON(answer []byte) ([]byte, error) {
	var envelope struct{ Data json.RawMessage }
	if err := json.Unmarshal(answer, &envelope); err != nil {
		return nil, fmt.Errorf("read the matrix: %w", err)
	}
	var text bytes.Buffer
	if err := json.Indent(&text, envelope.Data, "", "  "); err != nil {
		return nil, fmt.Errorf("read the matrix: %w", err)
	}
	text.WriteByte('\n')
	return text.Bytes(), nil
}

// Differences returns the connections whose measured result differs from the expected one, or that could not be
// measured.
func (m Matrix) Differences() []Row {
	var rows []Row
	for _, row := range m.Rows {
		if !row.Same {
			rows = append(rows, row)
		}
	}
	return rows
}
