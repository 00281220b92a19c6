package supervisor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// cluster is a supervisor of shell scripts. Its status file and its logs are in dir.
type cluster struct {
	*supervisor.Supervisor
	t   *testing.T
	dir string
}

func newCluster(t *testing.T, components ...supervisor.Component) *cluster {
	t.Helper()
	dir := t.TempDir()
	status, err := supervisor.NewStatusFile(filepath.Join(dir, "status.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range components {
		components[i].Log = filepath.Join(dir, components[i].Name+".log")
	}
	c := &cluster{supervisor.New(components, status), t, dir}
	c.Start(t.Context())
	t.Cleanup(c.Stop)
	return c
}

func script(name, text string) supervisor.Component {
	return supervisor.Component{Name: name, Command: []string{"/bin/sh", "-c", text}, Stop: supervisor.Stop{Grace: time.Second}}
}

func (c *cluster) component(name string) supervisor.ComponentStatus {
	c.t.Helper()
	status, err := supervisor.ReadStatus(filepath.Join(c.dir, "status.json"))
	if err != nil {
		c.t.Fatal(err)
	}
	i := slices.IndexFunc(status.Components, func(s supervisor.ComponentStatus) bool { return s.Name == name })
	if i < 0 {
		c.t.Fatalf("no status of %s", name)
	}
	return status.Components[i]
}

func (c *cluster) await(what string, holds func() bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	if supervisor.Poll(ctx, 5*time.Millisecond, func(context.Context) error {
		if holds() {
			return nil
		}
		return errors.New(what)
	}) != nil {
		c.t.Fatalf("not within 10 s: %s", what)
	}
}

func TestComponentStartsWhenTheComponentsItNeedsAreReady(t *testing.T) {
	open := make(chan struct{})
	database := script("database", "exec sleep 60")
	database.Ready.Check = func(context.Context) error {
		select {
		case <-open:
			return nil
		default:
			return errors.New("not yet")
		}
	}
	server := script("server", "exec sleep 60")
	server.Needs = []string{"database"}
	c := newCluster(t, database, server)

	c.await("database runs", func() bool { return c.component("database").State == supervisor.Running })
	if got := c.component("server").State; got != supervisor.Waiting {
		t.Errorf("server is %s while the database is not ready, want %s", got, supervisor.Waiting)
	}
	close(open)
	if err := c.Await(t.Context(), "server"); err != nil {
		t.Fatal(err)
	}
	if got := c.component("server").State; got != supervisor.Ready {
		t.Errorf("server is %s, want %s", got, supervisor.Ready)
	}
}

func TestComponentThatDiesIsStartedAgainWithGrowingBackoff(t *testing.T) {
	started := time.Now()
	c := newCluster(t, script("crasher", "echo once more; exit 3"))
	c.await("three restarts", func() bool { return c.component("crasher").Restarts == 3 })
	// 250 ms, then 500 ms, lie between the first end and the third.
	if took := time.Since(started); took < 750*time.Millisecond {
		t.Errorf("three ends within %s: the back-off does not grow", took)
	}
	if got := c.component("crasher"); got.LastExit != "exit status 3" || got.Ends != 3 {
		t.Errorf("last exit is %q, the %dth in a row, want %q, the 3rd", got.LastExit, got.Ends, "exit status 3")
	}
	log, err := os.ReadFile(filepath.Join(c.dir, "crasher.log"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(log), "once more\n"); lines < 3 {
		t.Errorf("the log holds %d lines of 3 runs", lines)
	}
}

func TestKilledComponentComesBackWithANewProcess(t *testing.T) {
	c := newCluster(t, script("server", "exec sleep 60"))
	if err := c.Await(t.Context(), "server"); err != nil {
		t.Fatal(err)
	}
	first := c.component("server").PID
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.await("a new process", func() bool {
		now := c.component("server")
		return now.State == supervisor.Ready && now.PID != first
	})
	if got := c.component("server").LastExit; got != "signal: killed" {
		t.Errorf("last exit is %q, want %q", got, "signal: killed")
	}
}

func TestAKilledComponentRunsAgainOnlyAfterRestart(t *testing.T) {
	c := newCluster(t, script("node", "exec sleep 60"))
	if err := c.Await(t.Context(), "node"); err != nil {
		t.Fatal(err)
	}
	if c.Restart(t.Context(), "node") {
		t.Error("a running component was restarted")
	}
	first := c.component("node").PID
	if !c.Kill("node") || c.Kill("node") {
		t.Error("want true from the first Kill, and false from the second")
	}
	if err := syscall.Kill(first, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", first, err)
	}
	if got := c.component("node"); got.State != supervisor.Stopped || got.Restarts != 0 {
		t.Errorf("it is %s with %d restarts, want %s with 0", got.State, got.Restarts, supervisor.Stopped)
	}
	if !c.Restart(t.Context(), "node") {
		t.Error("it was not restarted")
	}
	c.await("a new process", func() bool {
		now := c.component("node")
		return now.State == supervisor.Ready && now.PID != first
	})
}

func TestStopEndsEvenAComponentThatIgnoresSIGTERM(t *testing.T) {
	stubborn := script("stubborn", `trap "" TERM; echo deaf; while :; do sleep 0.05; done`)
	stubborn.Stop.Grace = 50 * time.Millisecond
	c := newCluster(t, stubborn)
	c.await("the trap is set", func() bool {
		log, _ := os.ReadFile(filepath.Join(c.dir, "stubborn.log"))
		return string(log) == "deaf\n" && c.component("stubborn").PID != 0
	})
	pid := c.component("stubborn").PID
	c.Stop()
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", pid, err)
	}
	if got := c.component("stubborn"); got.State != supervisor.Stopped || got.Restarts != 0 {
		t.Errorf("after Stop it is %s with %d restarts, want %s with 0", got.State, got.Restarts, supervisor.Stopped)
	}
}

func TestPollReturnsTheLastErrorOfTheCheck(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	missing := errors.New("the kubelet is missing")
	attempts := 0
	err := supervisor.Poll(ctx, time.Millisecond, func(ctx context.Context) error {
		if attempts++; attempts < 3 {
			return missing
		}
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, missing) {
		t.Errorf("after %d attempts: %v, want %v", attempts, err, missing)
	}
}

func TestClusterServesOnlyWhileEveryComponentIsReady(t *testing.T) {
	for _, c := range []struct {
		name    string
		status  supervisor.Status
		serving bool
		waiting string
	}{
		{"starting", supervisor.Status{Waiting: "the node"}, false, "the node"},
		{"ready", supervisor.Status{Ready: true, Components: []supervisor.ComponentStatus{{Name: "etcd", State: supervisor.Ready}}}, true, ""},
		{"a component died later", supervisor.Status{Ready: true, Components: []supervisor.ComponentStatus{
			{Name: "etcd", State: supervisor.Ready}, {Name: "kubelet", State: supervisor.Restarting},
		}}, false, "kubelet"},
		{"stopping", supervisor.Status{Ready: true, Stopping: true}, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.status.Serving(); got != c.serving {
				t.Errorf("Serving() = %v, want %v", got, c.serving)
			}
			if got := c.status.WaitingFor(); got != c.waiting {
				t.Errorf("WaitingFor() = %q, want %q", got, c.waiting)
			}
		})
	}
}

func TestAComponentThatKeepsEndingIsFailing(t *testing.T) {
	status := supervisor.Status{Components: []supervisor.ComponentStatus{
		{Name: "once", State: supervisor.Restarting, Ends: 1},
		{Name: "again", State: supervisor.Restarting, Ends: 5},
		{Name: "back", State: supervisor.Ready, Ends: 5},
		{Name: "stopped", State: supervisor.Stopped, Ends: 5},
	}}
	failing := status.Failing()
	if len(failing) != 1 || failing[0].Name != "again" {
		t.Errorf("failing: %v, want only again", failing)
	}
}

func TestStatusIsWrittenOnceItCanBe(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "cluster")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := supervisor.NewStatusFile(filepath.Join(folder, "status.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(folder, folder+".away"); err != nil { // like a full disk, this makes writes fail
		t.Fatal(err)
	}
	file.Change(func(s *supervisor.Status) { s.Ready = true })
	if err := os.Rename(folder+".away", folder); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := supervisor.Poll(ctx, 5*time.Millisecond, func(context.Context) error {
		status, err := supervisor.ReadStatus(filepath.Join(folder, "status.json"))
		if err == nil && !status.Ready {
			err = errors.New("it is outdated")
		}
		return err
	}); err != nil {
		t.Errorf("the status file: %v", err)
	}
}

func TestStopEndsComponentsStepByStep(t *testing.T) {
	var order []string
	trace := func(name string, step int) supervisor.Component {
		c := script(name, "exec sleep 60")
		c.Stop.Step = step
		c.Stop.Before = func() error {
			order = append(order, name) // one component a step: no two run at once
			return errors.New("logged, and does not prevent the stop")
		}
		return c
	}
	c := newCluster(t, trace("storage", 2), trace("controller", 0), trace("node", 1))
	if err := c.Await(t.Context(), "storage", "controller", "node"); err != nil {
		t.Fatal(err)
	}
	c.Stop()
	if want := []string{"controller", "node", "storage"}; !slices.Equal(order, want) {
		t.Errorf("stopped %q, want %q", order, want)
	}
	for _, name := range order {
		if got := c.component(name).State; got != supervisor.Stopped {
			t.Errorf("%s is %s, want %s", name, got, supervisor.Stopped)
		}
	}
}

func TestRotateLogsKeepsThePreviousRun(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "log")
	own := filepath.Join(folder, "supervisor.log")
	if err := supervisor.RotateLogs(folder, own); err != nil { // creates the folder
		t.Fatal(err)
	}
	for _, name := range []string{"etcd.log", "etcd.log.previous", "supervisor.log"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := supervisor.RotateLogs(folder, own); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(folder, "etcd.log.previous"), own}; !slices.Equal(files, want) {
		t.Errorf("the folder contains %q, want %q", files, want)
	}
	if content, err := os.ReadFile(files[0]); err != nil || string(content) != "etcd.log" {
		t.Errorf("the previous log contains %q: %v", content, err)
	}
}
