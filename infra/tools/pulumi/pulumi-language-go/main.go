// Command pulumi-language-go is the plugin that runs Go programs for the pulumi CLI and generates Go code. It
// implements the LanguageRuntime protocol of the SDK, except for the debugger. Start with Run in run.go.
//
// Pulumi's own host has no tagged Go module since v3.65.0, so that it cannot be built from source with the other tools.
// The last tagged one does not support buildTarget and links the program again for every command.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// healthInterval is the interval of health checks of the engine. The host ends when the engine has ended.
const healthInterval = 10 * time.Second

func main() {
	log.SetFlags(0)
	log.SetPrefix("pulumi-language-go: ")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.String("tracing", "", "ignored: this host emits no traces")
	flag.Parse()
	if *showVersion {
		fmt.Println(version.Version)
		return
	}
	if flag.NArg() != 1 {
		log.Fatal("want one argument, the engine's address; the pulumi CLI starts this program")
	}
	if err := serve(flag.Arg(0)); err != nil {
		log.Fatal(err)
	}
}

// serve serves the engine at the given address until the engine ends or a signal arrives.
func serve(address string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := rpcutil.Healthcheck(ctx, address, healthInterval, stop); err != nil {
		return fmt.Errorf("watch the engine at %s: %w", address, err)
	}
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		return fmt.Errorf("connect to the engine at %s: %w", address, err)
	}
	defer connection.Close()

	stopping := make(chan bool)
	context.AfterFunc(ctx, func() { close(stopping) })
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stopping,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(s, newHost(address, pulumirpc.NewEngineClient(connection)))
			return nil
		},
	})
	if err != nil {
		return err
	}
	// The engine reads the port from the first line of standard output; the lines after it are the program's own.
	fmt.Println(server.Port)
	return <-server.Done
}
