package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/controlplane"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/node"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

const wantTree = `
cluster init
  cluster supervise
    registry: cluster registry; ready when GET http://127.0.0.1:15000/v2/ answers 200; stop step 3, grace 3s
    etcd: etcd; ready when GET http://127.0.0.1:2381/health answers 200; stop step 3, grace 3s
    kube-apiserver: kube-apiserver; needs etcd; ready when the API server's /readyz answers 200; stop step 2, grace 200ms
    kube-controller-manager: kube-controller-manager; needs kube-apiserver; ready when GET https://127.0.0.1:10257/healthz answers 200; stop step 0, grace 1s
    kube-scheduler: kube-scheduler; needs kube-apiserver; ready when GET https://127.0.0.1:10259/healthz answers 200; stop step 0, grace 1s
    load-balancer: cluster load-balancer; needs kube-apiserver; stop step 0, grace 1s
    provisioner: cluster provisioner; needs kube-apiserver; stop step 0, grace 1s
    demo: cluster init-node; ready when its components are ready; stop step 1, grace 6s
      cluster supervise-node
        containerd: containerd; ready when /run/containerd/containerd.sock accepts connections; stop step 1, grace 1s
        kubelet: kubelet; needs containerd; starts after the node is marked as not Ready; ready when GET http://127.0.0.1:10248/healthz answers 200; stop step 0, grace 1s
        kube-proxy: kube-proxy; starts after the API server's /readyz answers 200; ready when GET http://127.0.0.1:10256/livez answers 200; stop step 0, grace 1s
        pod-network: cluster pod-network; starts after the API server's /readyz answers 200; ready when GET http://127.0.0.1:20244/healthz answers 200; stop step 0, grace 1s
`

func components(t *testing.T) (controlPlane, ofNode []supervisor.Component) {
	t.Helper()
	check := func(context.Context) error { return nil }
	root := layout.Root(t.TempDir())
	controlPlane = controlplane.Components(controlplane.Config{
		Root: root, Nodes: []layout.Node{1}, NodesCgroup: "/pods", EvictionAfter: 5 * time.Minute,
		APIReady: apiclient.Ready(nil),
		NodeReady: func(layout.Node) supervisor.Probe {
			return supervisor.Probe{Name: "its components are ready", Check: check}
		},
	})
	notReady := supervisor.Probe{Name: "the node is marked as not Ready", Check: check}
	return controlPlane, node.Components(root, 1, apiclient.Ready(nil), notReady)
}

// describe returns the definition of a component in one line, without the arguments that only configure the program.
func describe(c supervisor.Component) string {
	command := filepath.Base(c.Command[0])
	if len(c.Command) > 1 && !strings.HasPrefix(c.Command[1], "-") {
		command += " " + c.Command[1]
	}
	text := c.Name + ": " + command
	if len(c.Needs) > 0 {
		text += "; needs " + strings.Join(c.Needs, ", ")
	}
	if c.After.Check != nil {
		text += "; starts after " + c.After.Name
	}
	if c.Ready.Check != nil {
		text += "; ready when " + c.Ready.Name
	}
	return text + fmt.Sprintf("; stop step %d, grace %s", c.Stop.Step, c.Stop.Grace)
}

func TestProcessTree(t *testing.T) {
	controlPlane, ofNode := components(t)
	tree := "\ncluster " + process.Init.Name + "\n  cluster " + process.Supervise.Name + "\n"
	for _, c := range controlPlane {
		tree += "    " + describe(c) + "\n"
	}
	tree += "      cluster " + process.SuperviseNode.Name + "\n"
	for _, c := range ofNode {
		tree += "        " + describe(c) + "\n"
	}
	if tree != wantTree {
		t.Errorf("the process tree is\n%s\nwant\n%s", tree, wantTree)
	}
	logs := map[string]bool{}
	for _, c := range slices.Concat(controlPlane, ofNode) {
		if !strings.HasSuffix(c.Log, "/log/"+c.Name+".log") || logs[c.Log] {
			t.Errorf("%s logs to %s, want its own log", c.Name, c.Log)
		}
		logs[c.Log] = true
	}
}

// The test does not run the commands: without --node, those of a node would write to the control plane's files and
// start containerd on this machine.
func TestOnlyCommandsOfANodeHaveAndRequireItsName(t *testing.T) {
	var ofNode []string
	for _, command := range newHiddenCommands(nil) {
		required := command.ValidateRequiredFlags() != nil
		for _, name := range []string{"node", "cgroup"} {
			if defined := command.Flags().Lookup(name) != nil; defined != required {
				t.Errorf("%s: --%s is defined: %v, --node is required: %v", command.Name(), name, defined, required)
			}
		}
		if required {
			ofNode = append(ofNode, command.Name())
		}
	}
	if want := []string{"init-node", "supervise-node", "pod-network"}; !slices.Equal(ofNode, want) {
		t.Errorf("--node is required by %q, want %q", ofNode, want)
	}
}

func TestEveryStartedCommandIsServed(t *testing.T) {
	var served []string
	for _, c := range hidden {
		served = append(served, c.Name)
	}
	controlPlane, ofNode := components(t)
	started := slices.Concat(
		[]string{process.Init.Name, process.Supervise.Name}, ownCommands(controlPlane),
		[]string{process.SuperviseNode.Name}, ownCommands(ofNode))
	if !slices.Equal(served, started) {
		t.Errorf("served are %q, and started are %q", served, started)
	}
}

// ownCommands returns the commands of the binary "cluster" among components.
func ownCommands(components []supervisor.Component) []string {
	var names []string
	for _, c := range components {
		if filepath.Base(c.Command[0]) == "cluster" {
			names = append(names, c.Command[1])
		}
	}
	return names
}

// The drawing in the README is that of package process, and names every process.
func TestTheProcessTreeIsDrawn(t *testing.T) {
	source, err := os.ReadFile("internal/process/process.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	drawing := ""
	for line := range strings.Lines(string(source)) {
		if text, found := strings.CutPrefix(line, "//\t"); found {
			drawing += text
		}
	}
	if !strings.Contains(string(readme), drawing) {
		t.Errorf("README.md does not contain the process tree of package process:\n%s", drawing)
	}
	controlPlane, ofNode := components(t)
	names := []string{"cluster up", "cluster init-node", "cluster supervise-node"}
	for _, c := range slices.Concat(controlPlane, ofNode) {
		if c.Name != layout.Node(1).Name() {
			names = append(names, c.Name)
		}
	}
	for _, name := range names {
		if !strings.Contains(drawing, name+" ") {
			t.Errorf("the process tree lacks %s:\n%s", name, drawing)
		}
	}
}
