package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// interruptGrace is how long a cancelled program may take to end before it is killed.
const interruptGrace = 5 * time.Second

// Run compiles the program if it has changed, and executes it. The engine shows the output of this process, which the
// program inherits.
func (h *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.cancelled, cancel)()

	if request.AttachDebugger {
		return h.fail(ctx, errNoDebugger)
	}
	binary, remove, err := h.compile(ctx, request.Info)
	if err != nil {
		return h.fail(ctx, err)
	}
	defer remove()

	environment, err := h.environment(request)
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, binary)
	command.Dir = request.Pwd
	command.Env = append(os.Environ(), environment...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	interruptible(command)

	err = command.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == constant.ExitStatusLoggedError:
		return &pulumirpc.RunResponse{Bail: true}, nil // the program has logged the error
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program ended with: %v", err)}, nil
	}
}

// interruptible gives a command time to end when its context is cancelled.
func interruptible(command *exec.Cmd) {
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = interruptGrace
}

var errNoDebugger = errors.New("this Go language host cannot attach a debugger: omit --attach-debugger" + orInstall)

// fail makes err the only diagnostic of the command.
func (h *host) fail(ctx context.Context, err error) (*pulumirpc.RunResponse, error) {
	_, logErr := h.engine.Log(context.WithoutCancel(ctx), &pulumirpc.LogRequest{
		Severity: pulumirpc.LogSeverity_ERROR, Message: err.Error(),
	})
	if logErr != nil {
		return nil, err
	}
	return &pulumirpc.RunResponse{Bail: true}, nil
}

// compile builds the program. It returns the path of the binary, and a function that removes it. With the runtime
// option buildTarget, a path relative to the program's directory, the binary stays there, and the go command links it
// again only after changes.
func (h *host) compile(ctx context.Context, info *pulumirpc.ProgramInfo) (binary string, remove func(), err error) {
	remove = func() {}
	option := info.GetOptions().GetFields()["buildTarget"]
	target := option.GetStringValue()
	switch {
	case option != nil && target == "":
		return "", nil, errors.New("runtime option buildTarget in Pulumi.yaml: want a path, relative to the program's directory")
	case target == "":
		folder, err := os.MkdirTemp("", "pulumi-go-")
		if err != nil {
			return "", nil, fmt.Errorf("make a folder for the compiled program: %w", err)
		}
		target, remove = filepath.Join(folder, "program"), func() { os.RemoveAll(folder) }
	case !filepath.IsAbs(target):
		target = filepath.Join(info.ProgramDirectory, target)
	}

	// A failure to report progress is ignored.
	_, _ = h.engine.Log(ctx, &pulumirpc.LogRequest{
		Severity: pulumirpc.LogSeverity_INFO, Message: "compiling the program", Ephemeral: true,
	})
	var output bytes.Buffer
	command := goCommand(ctx, info.ProgramDirectory, "build", "-o", target, ".")
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		remove()
		return "", nil, fmt.Errorf("the program in %s does not compile (%w):\n%s", info.ProgramDirectory, err, output.Bytes())
	}
	return target, remove, nil
}

// environment returns the variables that the SDK in the program reads: its stack, and the addresses of the engine.
func (h *host) environment(request *pulumirpc.RunRequest) ([]string, error) {
	config, err := json.Marshal(request.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("encode the stack's configuration: %w", err)
	}
	secrets, err := json.Marshal(request.GetConfigSecretKeys())
	if err != nil {
		return nil, fmt.Errorf("encode the names of the stack's secrets: %w", err)
	}
	return []string{
		pulumi.EnvOrganization + "=" + request.GetOrganization(),
		pulumi.EnvProject + "=" + request.GetProject(),
		pulumi.EnvPulumiRootDirectory + "=" + request.GetInfo().GetRootDirectory(),
		pulumi.EnvStack + "=" + request.GetStack(),
		pulumi.EnvConfig + "=" + string(config),
		pulumi.EnvConfigSecretKeys + "=" + string(secrets),
		pulumi.EnvDryRun + "=" + strconv.FormatBool(request.GetDryRun()),
		pulumi.EnvParallel + "=" + strconv.Itoa(int(request.GetParallel())),
		pulumi.EnvMonitor + "=" + request.GetMonitorAddress(),
		pulumi.EnvEngine + "=" + h.engineAddress,
	}, nil
}
