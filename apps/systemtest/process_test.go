package systemtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/contract"
)

// gracePeriod is the time between SIGTERM and SIGKILL of the kubelet.
const gracePeriod = 30 * time.Second

// process is a service that runs as in its Pod.
type process struct {
	url     string
	command *exec.Cmd
	output  *output
	// ended is closed when the process has ended; err is then the result of Wait.
	ended chan struct{}
	err   error
}

// run starts a service with exactly this environment.
func run(t *testing.T, name string, environ map[string]string) *process {
	t.Helper()
	p := &process{
		url:     "http://127.0.0.1:" + environ["PORT"],
		command: exec.CommandContext(context.WithoutCancel(t.Context()), command(t, name)),
		output:  new(output),
		ended:   make(chan struct{}),
	}
	p.command.Env = []string{} // nil would inherit this process's environment
	for name, value := range environ {
		p.command.Env = append(p.command.Env, name+"="+value)
	}
	p.command.Stdout, p.command.Stderr = p.output, p.output
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.command.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.command.Process.Kill() // it has ended before, unless the test failed
		<-p.ended
		if t.Failed() {
			t.Logf("the log of %s:\n%s", name, p.output)
		}
	})
	return p
}

// environment returns the environment that every service needs.
func environment(t *testing.T, database contract.Database[string]) map[string]string {
	t.Helper()
	port := freePort(t)
	return map[string]string{
		"PORT":              port,
		"DATABASE_HOST":     database.Host,
		"DATABASE_PORT":     database.Port,
		"DATABASE_NAME":     database.Name,
		"DATABASE_USER":     database.User,
		"DATABASE_PASSWORD": database.Password,

		"DATABASE_SSL_MODE":        database.SSLMode,
		"DATABASE_MAX_CONNECTIONS": database.MaxConnections,

		"PROBE_PORT":    freePort(t),
		"PROBE_TARGETS": "http://localhost:" + port,
		"PROBE_PODS":    "http://pods.invalid:8080",
	}
}

func with(environ, more map[string]string) map[string]string {
	all := maps.Clone(environ)
	maps.Copy(all, more)
	return all
}

// freePort returns an unused port. It is below the range of outgoing connections, which could take it before the service
// does, and outside the range of the tests' databases.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(10000 + rand.IntN(10000))
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+port)
		if err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no port from 10000 to 19999 is free")
	return ""
}

// get returns the status of a request on a new connection, 0 if there is no answer.
func (p *process) get(t *testing.T, path string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

// await polls until the answer has the status.
func (p *process) await(t *testing.T, path string, status int) {
	t.Helper()
	eventually(t, gracePeriod, fmt.Sprintf("%s does not return %d", path, status), func() bool {
		return p.get(t, path) == status
	})
}

// eventually polls until done returns true. After limit it fails the test with what, such as "rows of orders are left".
func eventually(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for begin := time.Now(); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > limit {
			t.Fatalf("after %s, %s", limit, what)
		}
	}
}

func (p *process) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := p.command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// wait returns the exit code, -1 if a signal ended the process.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(gracePeriod):
		t.Fatalf("it still runs after %s", gracePeriod)
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		t.Fatal(p.err)
	}
	return p.command.ProcessState.ExitCode()
}

// output collects the output of a process while the test reads it.
type output struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.Write(text)
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.String()
}

// lines returns the log, which must be JSON.
func (o *output) lines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for text := range strings.Lines(o.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("a line of the log is not JSON: %v: %s", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}
