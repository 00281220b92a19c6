// Command cluster runs a real Kubernetes on this machine, in its own Linux namespaces.
//
// The commands for users are in up.go, down.go, status.go and node.go. The processes of a running cluster are hidden
// commands of the same binary: hidden.go lists them, and package internal/process draws their tree.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

func main() {
	// The kubelet and containerd create files that they mount into Pods, such as /etc/hosts, with the modes that the
	// umask leaves. With 077, Pods that do not run as root could not read them. Only root can enter the state folder,
	// so the modes in it do not matter.
	unix.Umask(0o022)
	// After `su`, root's PATH lacks the folders of runc and nft.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	if err := newCommand().Execute(); err != nil {
		if !errors.Is(err, sandbox.ErrSupervisor) {
			fmt.Fprintln(os.Stderr, "cluster:", err)
		}
		os.Exit(1)
	}
}

func newCommand() *cobra.Command {
	command := &cobra.Command{
		Use:           "cluster",
		Short:         "A real Kubernetes on this machine, in its own namespaces",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	dir := command.PersistentFlags().String("root", ".local", "folder of the binaries and of the cluster's state")
	root := func() (layout.Root, error) {
		absolute, err := filepath.Abs(*dir)
		return layout.Root(absolute), err
	}
	command.AddCommand(newUpCommand(root), newNodeCommand(root))
	for _, c := range []struct {
		use, short string
		run        func(layout.Root) error
	}{
		{"down", "stop the cluster and keep its data", down},
		{"delete", "stop the cluster and delete its data", remove},
		{"status", "print the state of every component", status},
	} {
		command.AddCommand(&cobra.Command{
			Use: c.use, Short: c.short, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				r, err := root()
				if err != nil {
					return err
				}
				return c.run(r)
			},
		})
	}
	command.AddCommand(newHiddenCommands(root)...)
	return command
}

// untilSignal returns a context that ends at SIGTERM or SIGINT.
func untilSignal() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
}
