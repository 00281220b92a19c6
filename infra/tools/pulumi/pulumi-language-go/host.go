package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// host serves one engine, which is one pulumi command.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	engineAddress string
	engine        pulumirpc.EngineClient

	// cancelled ends the running program: the engine calls Cancel when the user interrupts the command.
	cancelled context.Context
	cancel    context.CancelFunc
}

func newHost(engineAddress string, engine pulumirpc.EngineClient) *host {
	h := &host{engineAddress: engineAddress, engine: engine}
	h.cancelled, h.cancel = context.WithCancel(context.Background())
	return h
}

// GetPluginInfo says which version this plugin has: that of the CLI it is built with.
func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// Cancel interrupts the running program.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}

// About names the Go tool chain, for `pulumi about`.
func (h *host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("find the go command, which compiles the program: %w", err)
	}
	out, err := goCommand(ctx, ".", "version").Output()
	if err != nil {
		return nil, fmt.Errorf("go version: %w", err)
	}
	return &pulumirpc.AboutResponse{Executable: path, Version: strings.TrimSpace(string(out))}, nil
}

// InstallDependencies downloads the modules that the program requires, for `pulumi install`. It changes no file of the
// program.
func (h *host) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(stream, request.IsTerminal)
	if err != nil {
		return err
	}
	defer closer.Close()
	command := goCommand(stream.Context(), request.Info.ProgramDirectory, "mod", "download")
	command.Env = append(command.Environ(), "GOWORK=off")
	command.Stdout, command.Stderr = stdout, stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("go mod download in %s: %w", request.Info.ProgramDirectory, err)
	}
	return closer.Close()
}

// RuntimeOptionsPrompts has nothing to ask.
func (h *host) RuntimeOptionsPrompts(
	context.Context, *pulumirpc.RuntimeOptionsRequest,
) (*pulumirpc.RuntimeOptionsResponse, error) {
	return &pulumirpc.RuntimeOptionsResponse{}, nil
}

// goCommand is a command of the Go tool chain that runs in dir.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = dir
	return command
}
