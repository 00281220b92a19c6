// Command cluster runs a real Kubernetes on this machine, in namespaces of its own.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

func main() {
	// The kubelet and containerd leave the modes of what they mount in Pods, such as /etc/hosts, to the umask. With 077, Pods
	// that are not root could not read it. Others than root cannot enter the state folder, whatever the modes in it.
	unix.Umask(0o022)
	// Root by way of `su` has a PATH without the folders that runc, iptables and ipset are in.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	if err := newCommand().Execute(); err != nil {
		if !errors.Is(err, sandbox.ErrSupervisor) {
			fmt.Fprintln(os.Stderr, "cluster:", err)
		}
		os.Exit(1)
	}
}

func newCommand() *cobra.Command {
	var dir string
	root := func() (layout.Root, error) {
		absolute, err := filepath.Abs(dir)
		return layout.Root(absolute), err
	}
	command := &cobra.Command{
		Use:           "cluster",
		Short:         "A real Kubernetes on this machine, in namespaces of its own",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	command.PersistentFlags().StringVar(&dir, "root", ".local", "folder of the binaries and of the cluster's state")
	for _, c := range []struct {
		use, short string
		hidden     bool
		run        func(layout.Root) error
	}{
		{"down", "stop the cluster and keep its data", false, down},
		{"delete", "stop the cluster and remove its data", false, remove},
		{"status", "say what runs", false, status},
		{"init", "process 1 of the cluster's sandbox", true, runInit},
		{"supervise", "the supervisor of the control plane", true, runSupervisor},
		{"registry", "the OCI registry", true, runRegistry},
		{"load-balancer", "the controller of LoadBalancer Services", true, runLoadBalancer},
		{"provisioner", "the provisioner of the default StorageClass", true, runProvisioner},
	} {
		command.AddCommand(&cobra.Command{
			Use: c.use, Short: c.short, Hidden: c.hidden, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				r, err := root()
				if err != nil {
					return err
				}
				return c.run(r)
			},
		})
	}
	command.AddCommand(newUpCommand(root), newNodeCommand(root))
	command.AddCommand(newNodeProcessCommands(root)...)
	return command
}
