package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// host serves one engine, which is one pulumi command.
type host struct {
	pulumirpc.UnsafeLanguageRuntimeServer // makes a missing method a compile error

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

// GetPluginInfo returns the version of the CLI that this plugin is built with.
func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// Cancel interrupts the running program.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}

// About returns the path and the version of the Go tool chain, for `pulumi about`.
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

// InstallDependencies downloads the modules that the program imports, for `pulumi install`. It changes go.mod and
// go.sum only if the program does not compile with them, as after `pulumi package add`, `pulumi convert` and `pulumi
// new`.
func (h *host) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(stream, request.IsTerminal)
	if err != nil {
		return err
	}
	defer closer.Close()
	dir := request.Info.ProgramDirectory
	list := goCommand(stream.Context(), dir, "list", "-deps", "./...")
	list.Env = append(list.Environ(), "GOWORK=off")
	if list.Run() == nil {
		return closer.Close()
	}
	tidy := goCommand(stream.Context(), dir, "mod", "tidy")
	tidy.Env = append(tidy.Environ(), "GOWORK=off")
	tidy.Stdout, tidy.Stderr = stdout, stderr
	if err := tidy.Run(); err != nil {
		return fmt.Errorf("go mod tidy in %s: %w", dir, err)
	}
	return closer.Close()
}

// RuntimeOptionsPrompts returns no prompts.
func (h *host) RuntimeOptionsPrompts(
	context.Context, *pulumirpc.RuntimeOptionsRequest,
) (*pulumirpc.RuntimeOptionsResponse, error) {
	return &pulumirpc.RuntimeOptionsResponse{}, nil
}

// Template leaves a new project unchanged.
func (h *host) Template(context.Context, *pulumirpc.TemplateRequest) (*pulumirpc.TemplateResponse, error) {
	return &pulumirpc.TemplateResponse{}, nil
}

// GetRequiredPlugins is deprecated: the engine calls it only if a host lacks GetRequiredPackages.
func (h *host) GetRequiredPlugins(
	context.Context, *pulumirpc.GetRequiredPluginsRequest,
) (*pulumirpc.GetRequiredPluginsResponse, error) {
	return nil, status.Error(codes.Unimplemented, "use GetRequiredPackages")
}

// Handshake is called if a host starts before its engine.
func (h *host) Handshake(
	context.Context, *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	return nil, status.Error(codes.Unimplemented, "pulumi cannot attach to this Go language host: unset PULUMI_DEBUG_LANGUAGES"+orInstall)
}

// orInstall ends messages about features that only Pulumi's own language host has.
const orInstall = ", or install Pulumi and run make tools, which then uses the Go language host of that installation"

// goCommand returns a go command that runs in dir.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = dir
	return command
}
