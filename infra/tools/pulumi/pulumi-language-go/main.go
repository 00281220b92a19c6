// Command pulumi-language-go is the plugin that runs Go programs for the pulumi CLI and generates Go code: the
// LanguageRuntime protocol of the SDK, except for the debugger.
//
// Pulumi's own host has no tagged Go module since v3.65.0, so a machine that has to build its tools from source cannot
// get it; that last tagged one knows no buildTarget and links the program anew for every command.
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

// healthInterval is how often the engine is asked whether it still lives; a host whose engine is gone ends itself.
const healthInterval = 10 * time.Second

func main() {
	log.SetFlags(0)
	log.SetPrefix("pulumi-language-go: ")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.String("tracing", "", "accepted because the CLI may pass it; this host emits no traces")
	flag.Parse()
	if *showVersion {
		fmt.Println(version.Version)
		return
	}
	if flag.NArg() != 1 {
		log.Fatal("want one argument, the engine's address; the pulumi CLI starts this program, not a person")
	}
	if err := serve(flag.Arg(0)); err != nil {
		log.Fatal(err)
	}
}

// serve answers the engine at the given address until it goes away or a signal arrives.
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
