package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// startTimeout limits the start of a process, including its migrations.
const startTimeout = 30 * time.Second

// process is a server under load.
type process struct {
	name, url string
	command   *exec.Cmd
	log       bytes.Buffer
}

// startProcess starts a server and blocks until its /readyz succeeds. The server writes its log to a file, so that the cost
// of logging counts as in a Pod.
func startProcess(
	ctx context.Context, name, url, binary string, arguments []string, environment map[string]string,
) (*process, error) {
	p := &process{name: name, url: url, command: exec.CommandContext(ctx, binary, arguments...)}
	for key, value := range environment {
		p.command.Env = append(p.command.Env, key+"="+value)
	}
	output, err := os.CreateTemp("", "bench-"+name+"-*.log")
	if err != nil {
		return nil, fmt.Errorf("create the log of %s: %w", name, err)
	}
	defer output.Close()
	defer os.Remove(output.Name()) // the process keeps the file open
	p.command.Stdout, p.command.Stderr = output, &p.log
	p.command.Cancel = func() error { return p.command.Process.Signal(syscall.SIGTERM) }
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := p.await(ctx); err != nil {
		content, _ := os.ReadFile(output.Name())
		return p, fmt.Errorf("%s is not ready: %w\n%s%s", name, err, content, p.log.String())
	}
	return p, nil
}

func (p *process) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusNoContent {
				return nil
			}
			err = errors.New(response.Status)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// resident returns the process's resident memory in MB (10^6 bytes), from /proc.
func (p *process) resident() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory of %s: %w", p.name, err)
	}
	for line := range strings.Lines(string(status)) {
		var kibibytes float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kibibytes); err == nil {
			return kibibytes * 1024 / 1e6, nil
		}
	}
	return 0, fmt.Errorf("the status of %s has no VmRSS", p.name)
}

func (p *process) stop() error {
	if p == nil {
		return nil
	}
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	if err := p.command.Wait(); err != nil {
		return fmt.Errorf("%s ended: %w", p.name, err)
	}
	return nil
}

// freeAddress returns an unused loopback address with a port.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
