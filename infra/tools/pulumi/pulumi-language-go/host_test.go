package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/mod/modfile"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// engine keeps the errors that the host reports.
type engine struct {
	pulumirpc.EngineClient
	errors []string
}

func (e *engine) Log(_ context.Context, request *pulumirpc.LogRequest, _ ...grpc.CallOption) (*emptypb.Empty, error) {
	if request.Severity == pulumirpc.LogSeverity_ERROR {
		e.errors = append(e.errors, request.Message)
	}
	return &emptypb.Empty{}, nil
}

// program writes a Go program whose main function has the given body, and returns the request that runs it.
func program(t *testing.T, body string) *pulumirpc.RunRequest {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/program\n\ngo 1.26.0\n")
	write(t, filepath.Join(dir, "main.go"), "package main\n\nimport (\n\t\"os\"\n\t\"time\"\n)\n\nvar minute = time.Minute\n\n"+
		"func main() {\n\t"+body+"\n\tos.Exit(0)\n}\n")
	options, err := structpb.NewStruct(map[string]any{"buildTarget": "out/program"})
	if err != nil {
		t.Fatal(err)
	}
	return &pulumirpc.RunRequest{
		Project: "demo", Stack: "dev", Pwd: dir, Config: map[string]string{"demo:replicas": "3"}, Parallel: 4, MonitorAddress: "monitor:1",
		Info: &pulumirpc.ProgramInfo{RootDirectory: dir, ProgramDirectory: dir, EntryPoint: ".", Options: options},
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, []string) {
	t.Helper()
	e := &engine{}
	response, err := newHost("engine:2", e).Run(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return response, e.errors
}

func TestRunTellsTheProgramItsStackAndItsEngine(t *testing.T) {
	request := program(t, `text := ""
	for _, name := range []string{"PROJECT", "STACK", "CONFIG", "DRY_RUN", "PARALLEL", "MONITOR", "ENGINE"} {
		text += os.Getenv("PULUMI_"+name) + "\n"
	}
	os.WriteFile("environment", []byte(text), 0o644)`)
	response, _ := run(t, request)
	if response.Error != "" || response.Bail {
		t.Fatalf("got %v, want success", response)
	}
	got, err := os.ReadFile(filepath.Join(request.Pwd, "environment"))
	if want := "demo\ndev\n{\"demo:replicas\":\"3\"}\nfalse\n4\nmonitor:1\nengine:2\n"; err != nil || string(got) != want {
		t.Errorf("the program saw %q (%v), want %q", got, err, want)
	}
}

func TestRunLinksAnUnchangedProgramOnce(t *testing.T) {
	request := program(t, "")
	run(t, request)
	binary := filepath.Join(request.Pwd, "out", "program")
	file, err := os.OpenFile(binary, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("still the same file"); err != nil {
		t.Fatal(err)
	}
	file.Close()
	run(t, request)
	content, err := os.ReadFile(binary)
	if err != nil || !bytes.HasSuffix(content, []byte("still the same file")) {
		t.Errorf("the program was linked again (%v)", err)
	}
}

func TestRunReportsHowTheProgramEnded(t *testing.T) {
	for name, c := range map[string]struct {
		body     string
		want     string
		wantBail bool
	}{
		"error that the program reported itself": {"os.Exit(32)", "", true},
		"other failure":                          {"os.Exit(7)", "the program ended with: exit status 7", false},
	} {
		t.Run(name, func(t *testing.T) {
			response, _ := run(t, program(t, c.body))
			if response.Error != c.want || response.Bail != c.wantBail {
				t.Errorf("got error %q, bail %t; want %q, %t", response.Error, response.Bail, c.want, c.wantBail)
			}
		})
	}
}

func TestRunShowsWhatDoesNotCompile(t *testing.T) {
	request := program(t, "missing()")
	response, errors := run(t, request)
	if !response.Bail || len(errors) != 1 || !strings.Contains(errors[0], "undefined: missing") || !strings.Contains(errors[0], request.Pwd) {
		t.Errorf("got %v and the errors %q, want the compiler's message and the folder", response, errors)
	}
}

func TestCancelInterruptsTheProgram(t *testing.T) {
	request := program(t, `os.WriteFile("started", nil, 0)
	time.Sleep(minute)`)
	started := filepath.Join(request.Pwd, "started")
	if err := syscall.Mkfifo(started, 0o600); err != nil {
		t.Fatal(err)
	}
	h := newHost("engine:2", &engine{})
	ended := make(chan *pulumirpc.RunResponse)
	go func() {
		response, _ := h.Run(t.Context(), request)
		ended <- response
	}()
	if _, err := os.ReadFile(started); err != nil { // returns when the program has opened the pipe
		t.Fatal(err)
	}
	if _, err := h.Cancel(t.Context(), &emptypb.Empty{}); err != nil {
		t.Fatal(err)
	}
	if response := <-ended; !strings.Contains(response.GetError(), "interrupt") {
		t.Errorf("got %v, want a program that was interrupted", response)
	}
}

func TestPackageComesFromTheModulesPluginDescription(t *testing.T) {
	for name, c := range map[string]struct {
		description   string
		name, version string
	}{
		"complete":     {`{"resource":true,"name":"kubernetes","version":"4.27.0"}`, "kubernetes", "4.27.0"},
		"from module":  {`{"resource":true}`, "random", "4.1.2"},
		"not provider": {`{"resource":false,"name":"x"}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, "go", "random"), 0o755); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "go", "random", "pulumi-plugin.json"), c.description)
			got, err := packageOf(module{Path: "github.com/pulumi/pulumi-random/sdk/v4", Version: "v4.1.2", Dir: dir})
			if err != nil || got.GetName() != c.name || got.GetVersion() != c.version {
				t.Errorf("got %v (%v), want %s %s", got, err, c.name, c.version)
			}
		})
	}
}

func TestRequirementsAreReadFromTheProgramsModuleAlone(t *testing.T) {
	// With the checkout's go.work, this module would not be found.
	required, err := requirements(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	var found *modfile.Require
	for _, r := range required {
		if r.Mod.Path == "github.com/pulumi/pulumi/sdk/v3" {
			found = r
		}
	}
	if found == nil || found.Indirect || found.Mod.Version != "v3.232.0" {
		t.Errorf("got %v for the SDK, want a direct requirement of v3.232.0", found)
	}
}
