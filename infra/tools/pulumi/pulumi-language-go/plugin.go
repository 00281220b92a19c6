package main

import (
	"errors"
	"fmt"
	"os/exec"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// RunPlugin compiles and executes a plugin that is a Go program, such as a provider. The engine gets its output and its
// exit status, and ends it by cancelling the call.
func (h *host) RunPlugin(request *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer) error {
	if request.AttachDebugger {
		return errNoDebugger
	}
	binary, remove, err := h.compile(stream.Context(), request.Info)
	if err != nil {
		return err
	}
	defer remove()
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(stream, false)
	if err != nil {
		return err
	}
	defer closer.Close()
	command := exec.CommandContext(stream.Context(), binary, request.Args...)
	command.Dir, command.Env = request.Pwd, request.Env
	command.Stdout, command.Stderr = stdout, stderr
	interruptible(command)

	err = command.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return stream.Send(&pulumirpc.RunPluginResponse{
			Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(exit.ExitCode())},
		})
	case err != nil:
		return fmt.Errorf("run the plugin in %s: %w", request.Info.ProgramDirectory, err)
	default:
		return closer.Close()
	}
}
