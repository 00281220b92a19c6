package stack

import (
	"context"
	"fmt"
	"strings"

	"example.com/kubernetes-networking/infra/tools/internal/retained"
)

// Retain returns an error if a destroy would delete data that the configuration retains. It reports which data stays
// although the configuration does not retain it: a destroy keeps the objects that the last update has protected.
func (s *Stack) Retain(ctx context.Context) error {
	value, err := s.pulumi(ctx, nil, "config", "get", "retainData")
	if err != nil {
		return fmt.Errorf("read whether data is retained: %w", err)
	}
	export, err := s.pulumi(ctx, nil, "stack", "export")
	if err != nil {
		return fmt.Errorf("read what is deployed: %w", err)
	}
	data, err := retained.Read(export)
	if err != nil {
		return err
	}
	retain := strings.TrimSpace(string(value)) == "true"
	switch {
	case retain && data.Deleted != "":
		return fmt.Errorf("retainData is set, but the stack %s was deployed without it: run %s first, or %s would delete %s; "+
			"nothing was deleted", stackName(), makeCommand("up"), makeCommand("destroy"), data.Deleted)
	case !retain && data.Kept != "":
		s.report.Printf("destroy: keeping %s, because retainData was set at the last update of the stack %s; to delete everything, run %s, then %s",
			data.Kept, stackName(), makeCommand("up"), makeCommand("destroy"))
	}
	return nil
}
