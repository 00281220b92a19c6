//go:build e2e

package faults

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// command is a run of the cluster command in the background.
type command struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	ended          chan error
	took           time.Duration
}

// run starts the cluster command. It does not wait for its end.
func run(args ...string) *command {
	root := clustertest.Root()
	c := &command{ended: make(chan error, 1)}
	c.cmd = exec.CommandContext(context.Background(), root.Bin("cluster"), append(args, "--root", string(root))...)
	c.cmd.Stdout, c.cmd.Stderr = &c.stdout, &c.stderr
	started := time.Now()
	if err := c.cmd.Start(); err != nil {
		c.ended <- err
		return c
	}
	go func() {
		err := c.cmd.Wait()
		c.took = time.Since(started)
		if err != nil {
			err = fmt.Errorf("cluster %s: %w: %s", args[0], err, bytes.TrimSpace(c.stderr.Bytes()))
		}
		c.ended <- err
	}()
	return c
}

// wait waits for the end of the command. The error contains its stderr.
func (c *command) wait() error { return <-c.ended }
