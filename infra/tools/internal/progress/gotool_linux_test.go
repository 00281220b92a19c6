package progress

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestMain waits for the end of its input if startCompiler has started it.
func TestMain(m *testing.M) {
	if os.Getenv("PROGRESS_TEST_COMPILER") != "" {
		_, _ = os.Stdin.Read(make([]byte, 1))
		return
	}
	os.Exit(m.Run())
}

// startCompiler starts a process whose command line is that of a compiler. The process group 0 is a new one.
func startCompiler(t *testing.T, group int, importPath string) (pid int) {
	t.Helper()
	compiler := exec.Command(os.Args[0])
	compiler.Args = []string{"/usr/local/go/pkg/tool/compile", "-o", "x", "-p", importPath, "-complete"}
	compiler.Env = append(os.Environ(), "PROGRESS_TEST_COMPILER=yes")
	compiler.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: group}
	input, err := compiler.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		_ = compiler.Wait()
	})
	return compiler.Process.Pid
}

func TestTheReportNamesThePackageThatCompilesLongest(t *testing.T) {
	group := startCompiler(t, 0, "k8s.io/api/core/v1")
	time.Sleep(20 * time.Millisecond) // the kernel counts start times in hundredths of a second
	startCompiler(t, group, "k8s.io/api/apps/v1")
	startCompiler(t, 0, "example.com/another/command")
	if got, want := goToolWork(group), "compiling k8s.io/api/core/v1"; got != want {
		t.Errorf("goToolWork = %q, want %q", got, want)
	}

	out := filepath.Join(t.TempDir(), "report")
	file, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	report := New(file)
	task := report.Begin("kubernetes", filepath.Join(t.TempDir(), "x.log"))
	task.Statusf("296 of 322 packages")
	task.setGroup(group)
	report.draw()
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if want := "kubernetes: 296 of 322 packages, now compiling k8s.io/api/core/v1, "; !bytes.Contains(text, []byte(want)) {
		t.Errorf("the report is\n%s\nwant %q", text, want)
	}
}

func TestATaskKnowsTheProcessGroupOfItsCommand(t *testing.T) {
	task := quietReport(t).Begin("x", filepath.Join(t.TempDir(), "x.log"))
	err := task.Run(t.Context(), ".", func(line string) {
		task.report.mutex.Lock()
		defer task.report.mutex.Unlock()
		if line != strconv.Itoa(task.group) {
			t.Errorf("the group is %d, and the command's is %s", task.group, line)
		}
	}, "sh", "-c", "read line < /proc/self/stat; set -- $line; echo $5")
	if err != nil || task.group != 0 {
		t.Errorf("after the command: the group is %d, want 0; %v", task.group, err)
	}
}

func TestWorkOfACommandLine(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"/go/pkg/tool/compile", "-o", "x", "-p", "main"}, "compiling main"},
		{[]string{"/go/pkg/tool/link", "-o", "x"}, "linking"},
		{[]string{"/go/pkg/tool/compile", "-V=full"}, ""},
		{[]string{"/go/pkg/tool/compile", "-p"}, ""},
		{[]string{"go", "build", "-p", "2"}, ""},
		{[]string{""}, ""}, // a zombie
	} {
		if got := workOf(c.words); got != c.want {
			t.Errorf("workOf(%q) = %q, want %q", c.words, got, c.want)
		}
	}
}
