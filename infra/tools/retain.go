package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"example.com/kubernetes-networking/infra/tools/internal/retained"
)

// retain returns an error where a destroy would delete data that the configuration retains, and says which data stays
// although the configuration does not retain it: what a destroy keeps is what the last update has protected.
func (b *builder) retain(ctx context.Context) error {
	value, err := b.pulumi(ctx, nil, "config", "get", "retainData")
	if err != nil {
		return fmt.Errorf("read whether data is retained: %w", err)
	}
	export, err := b.pulumi(ctx, nil, "stack", "export")
	if err != nil {
		return fmt.Errorf("read what is deployed: %w", err)
	}
	data, err := retained.Read(export)
	if err != nil {
		return err
	}
	stack, retain := os.Getenv("PULUMI_STACK"), strings.TrimSpace(string(value)) == "true"
	switch {
	case retain && data.Deleted != "":
		return fmt.Errorf("retainData is set, and the stack %s does not know it yet: run make up first, or make destroy would delete %s; "+
			"nothing was deleted", stack, data.Deleted)
	case !retain && data.Kept != "":
		b.report.say("destroy: the last make up of the stack %s had retainData set, so that %s will stay: make up and then make destroy deletes them",
			stack, data.Kept)
	}
	return nil
}
