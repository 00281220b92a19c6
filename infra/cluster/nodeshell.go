package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
)

func newNodeShellCommand(root func() (layout.Root, error)) *cobra.Command {
	command := &cobra.Command{
		Use: "shell NAME [COMMAND...]", Short: "open a shell in a node's namespaces, or run a command there: ip, nft, ss, conntrack",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("cluster node shell takes the name of a node, as in `cluster node shell demo`, " +
					"and a command, as in `cluster node shell demo nft list ruleset`")
			}
			r, node, err := runningNode(root, args[0])
			if err != nil {
				return err
			}
			command := args[1:]
			if len(command) > 0 && command[0] == "--" { // as kubectl exec takes it
				command = command[1:]
			}
			return enterNode(r, node, command)
		},
	}
	command.Flags().SetInterspersed(false) // the flags after the node's name are the command's
	return command
}

// enterNode replaces this process by a command in a node's namespaces, or by a shell. The command sees the machine's
// programs, and the node's processes, mounts and network. It returns only if that fails.
func enterNode(root layout.Root, node layout.Node, command []string) error {
	pid, err := sandbox.NodePID(root, node)
	if err != nil {
		return err
	}
	nsenter, err := exec.LookPath("nsenter")
	if err != nil {
		return fmt.Errorf("nsenter is missing: install the package util-linux (%w)", err)
	}
	if len(command) == 0 {
		command = []string{"bash", "--norc"}
		if _, err := exec.LookPath("bash"); err != nil {
			command = []string{"sh"}
		}
	}
	line := append([]string{
		"nsenter", "--target", strconv.Itoa(pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--",
	}, command...)
	environment := append(sandbox.Environment(), "TERM="+os.Getenv("TERM"), "PS1=("+node.Name()+`) \w# `)
	return fmt.Errorf("run nsenter: %w", syscall.Exec(nsenter, line, environment))
}
