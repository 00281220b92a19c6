// Package matrix reads the explorer's measurement of the connections between the Pods, and renders it as text for
// people and as JUnit XML for CI systems. stack.Verify uses it.
package matrix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	contract "example.com/kubernetes-networking/apps/contract/matrix"
)

// Matrix is one round of measurements, with the methods that render it.
type Matrix struct{ contract.Matrix }

// row is one connection.
type row struct{ contract.Row }

// Read reads the explorer's answer. An answer without a connection proves nothing, and is an error.
func Read(answer []byte) (Matrix, error) {
	var envelope struct{ Data contract.Matrix }
	if err := json.Unmarshal(answer, &envelope); err != nil {
		return Matrix{}, fmt.Errorf("read the matrix: %w", err)
	}
	if len(envelope.Data.Rows) == 0 {
		return Matrix{}, errors.New("read the matrix: it holds no connection, which proves nothing; the explorer's page shows the reason")
	}
	return Matrix{envelope.Data}, nil
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
func (m Matrix) Differences() []contract.Row {
	return slices.DeleteFunc(slices.Clone(m.Rows), func(r contract.Row) bool { return r.Same })
}
