package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"example.com/kubernetes-networking/infra/tools/internal/matrix"
	"example.com/kubernetes-networking/infra/tools/internal/progress"
)

// verifyTimeout bounds the whole command. The explorer takes 3 to 8 seconds.
const verifyTimeout = 30 * time.Second

// silence is how long a command may print nothing while it waits. Only tests change it.
var silence = 5 * time.Second

// Verify requests a measurement of all connections from the explorer, prints it, and writes it to .local/verify as
// matrix.json and junit.xml. It returns an error if a connection differs from the declaration.
func (s *Stack) Verify(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	folder := filepath.Join("verify", stackName())
	// If the measurement fails, no files of an earlier run remain for a CI system to collect.
	if err := os.RemoveAll(s.Local(folder)); err != nil {
		return err
	}
	explorer, err := s.explorerURL(ctx)
	if err != nil {
		return err
	}
	waiting := time.AfterFunc(silence, func() {
		s.report.Printf("verify: the explorer at %s is still measuring; it has %s in all", withoutCredentials(explorer), verifyTimeout)
	})
	answer, err := requestMatrix(ctx, explorer)
	waiting.Stop()
	if err != nil {
		return err
	}
	measured, err := matrix.Read(answer)
	if err != nil {
		return err
	}
	fmt.Fprint(s.out, measured.Text(progress.New(s.out).Red))
	if err := writeMatrix(s.Local(folder), answer, measured); err != nil {
		return err
	}
	s.report.Printf("verify: matrix.json and junit.xml are in .local/%s", folder)
	if differences := len(measured.Differences()); differences > 0 {
		return fmt.Errorf("%d of %d connections are not as declared", differences, len(measured.Rows))
	}
	return nil
}

// requestMatrix requests a measurement from the explorer, and returns its answer.
func requestMatrix(ctx context.Context, explorer string) ([]byte, error) {
	shown := withoutCredentials(explorer)
	status, answer, err := get(ctx, explorer, "/matrix.json")
	if err != nil {
		return nil, fmt.Errorf("the explorer at %s does not answer: %w; see whether the cluster and its Pod run (%s; `kubectl get pods -A` "+
			"in `%s`), or use another address, such as a port-forward: %s", shown, err, makeCommand("up"), makeCommand("shell"), verifyForwarded())
	}
	if status == http.StatusNotFound {
		return nil, fmt.Errorf("the explorer at %s has no matrix, because it is older than this checkout: run %s to update it", shown, makeCommand("up"))
	}
	if status != http.StatusOK {
		problem := struct{ Detail string }{"it gives no reason"}
		_ = json.Unmarshal(answer, &problem)
		return nil, fmt.Errorf("the explorer at %s answers %d %s: %s", shown, status, http.StatusText(status), problem.Detail)
	}
	return bytes.TrimSpace(answer), nil
}

func writeMatrix(folder string, answer []byte, measured matrix.Matrix) error {
	indented, err1 := matrix.JSON(answer)
	junit, err2 := measured.JUnit()
	if err := errors.Join(err1, err2, os.MkdirAll(folder, 0o755)); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "matrix.json"), indented, 0o644),
		os.WriteFile(filepath.Join(folder, "junit.xml"), junit, 0o644),
	)
}
