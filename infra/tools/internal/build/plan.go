package build

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"example.com/kubernetes-networking/infra/tools/internal/host"
	"example.com/kubernetes-networking/infra/tools/internal/provider"
)

// stripped leaves out the symbol table and the debug information: a third of the size, and a faster link.
const stripped = "-s -w"

// binary is one program. Paths are relative to the checkout.
type binary struct {
	name    string
	output  string // folder in .local that holds the program, bin if empty
	folder  string // folder of the module, where the go command runs
	pkg     string
	ldflags string
	links   []string // other names of the binary, relative to .local/bin
	plugin  string   // if set: the name of the folder among Pulumi's plugins that holds the program
	use     []string // if set: run the binary once with these arguments after it is built

	// sources are the files and folders that the binary depends on, in addition to go.mod and go.sum in folder. A
	// change in them makes it out of date.
	sources []string

	// optional marks a binary that the demo works without. It lists the host packages that the binary needs. A failure
	// to install them or to build the binary is only reported.
	optional []host.Package

	// workspace builds the binary in the workspace of go.work, as the language host does.
	workspace bool

	// trimmed builds the binary with the copy of the Kubernetes provider that provider.Prepare writes.
	trimmed bool

	// installed returns the path of an equivalent program that the user has installed, or an empty string.
	installed func(*Builder) string
}

// binaries returns the programs of the demo in the order in which they are built. Kubernetes comes first: its modules
// and the others' require the same versions, so that they share compiled packages.
func binaries(cluster bool) []binary {
	var list []binary
	if cluster {
		list = append(list, clusterBinaries...)
	}
	return append(list, pulumiBinaries...)
}

// buildable returns an error if one of the binaries is part of the embedded cluster and the system is not Linux.
func buildable(list []binary, system string) error {
	embedded := slices.ContainsFunc(list, func(target binary) bool { return strings.HasPrefix(target.folder, "infra/cluster") })
	if embedded && system != "linux" {
		return fmt.Errorf("the embedded cluster needs Linux, and this machine runs %s: use a cluster of your own, such as kind, with a "+
			"stack of your own (make tools STACK=mine; see \"Your own cluster\" in infra/README.md)", system)
	}
	return nil
}

// Without a version, kubeadm and the kubelet report v0.0.0-master and reject each other.
const kubernetesFlags = stripped + " -X k8s.io/component-base/version.gitVersion=" + kubernetesVersion +
	" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=" + kubernetesMinor

var clusterBinaries = []binary{
	{
		name: "kubernetes", folder: "infra/cluster", pkg: "./kubernetes", sources: []string{"infra/cluster/kubernetes"},
		ldflags: kubernetesFlags,
		links: []string{
			"kubectl", "kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubeadm", "etcd",
		},
	},
	{name: "cluster", folder: "infra/cluster", pkg: ".", ldflags: stripped, sources: []string{"infra/cluster"}},
	{name: "coredns", folder: "infra/cluster", pkg: "./coredns", ldflags: stripped, sources: []string{"infra/cluster/coredns"}},
	{name: "pause", folder: "infra/cluster", pkg: "./pause", ldflags: stripped, sources: []string{"infra/cluster/pause"}},
	{
		name: "containerd", folder: "infra/cluster", pkg: "./containerd", sources: []string{"infra/cluster/containerd"},
		ldflags: stripped + " -X github.com/containerd/containerd/v2/version.Version=" + containerdVersion,
	},
	{name: "containerd-shim-runc-v2", folder: "infra/cluster", pkg: "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2", ldflags: stripped},
	{name: "network-policies", output: "bin/cni", folder: "infra/cluster", pkg: "./network-policies", ldflags: stripped, sources: []string{"infra/cluster/network-policies", "infra/cluster/internal/networkpolicies"}},
	cniPlugin("main/bridge"), cniPlugin("main/loopback"), cniPlugin("ipam/host-local"), cniPlugin("meta/portmap"),
}

// cniPlugin is a plugin that creates or configures the network devices of Pods. containerd starts the plugins in a
// folder of their own.
func cniPlugin(folder string) binary {
	return binary{
		name: path.Base(folder), output: "bin/cni", folder: "infra/cluster",
		pkg: "github.com/containernetworking/plugins/plugins/" + folder, ldflags: stripped,
	}
}

var pulumiBinaries = []binary{
	{
		name: "pulumi", folder: "infra/tools/pulumi", pkg: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
		ldflags: pulumiFlags, installed: (*Builder).installedPulumi,
	},
	{
		name: "pulumi-language-go", folder: "infra/tools/pulumi", pkg: "./pulumi-language-go",
		sources: []string{"infra/tools/pulumi/pulumi-language-go"},
		ldflags: pulumiFlags, installed: (*Builder).installedLanguageHost,
	},
	{
		name: "pulumi-resource-kubernetes", folder: "infra/tools/pulumi", pkg: provider.Package,
		sources: []string{"infra/tools/internal/provider"},
		ldflags: stripped + " -X " + provider.Module + "/pkg/version.Version=" + provider.Version,
		// Not in .local/bin: pulumi warns at every command about a plugin that it finds in PATH.
		output: "build", plugin: "resource-kubernetes-v" + provider.Version,
		trimmed: true, installed: (*Builder).installedProvider,
	},
	program,
	appImages,
}

// doctor checks the machine. It consists of packages of the cluster, which therefore takes no longer to compile.
var doctor = binary{
	name: "doctor", folder: "infra/cluster", pkg: "./doctor", ldflags: stripped,
	sources: []string{"infra/cluster/doctor", "infra/cluster/internal"},
}

// conformanceBinaries are Kubernetes' tests of networking, and the programs of the image that they run in Pods. They
// share most of their packages with clusterBinaries.
var conformanceBinaries = []binary{
	{
		name: "e2e.test", folder: conformance, pkg: "./suite", ldflags: kubernetesFlags, sources: []string{conformance + "/suite"},
	},
	{name: "ginkgo", folder: conformance, pkg: "github.com/onsi/ginkgo/v2/ginkgo", ldflags: stripped},
	{name: "agnhost", folder: conformance, pkg: "k8s.io/kubernetes/test/images/agnhost", ldflags: stripped},
	{name: "regression-issue-74839", folder: conformance, pkg: "k8s.io/kubernetes/test/images/regression-issue-74839", ldflags: stripped},
}

// conformanceRunner runs the tests. With -prepare it downloads the root file system of their image, which waits for the
// network and therefore belongs to the lane of the images.
var conformanceRunner = binary{
	name: "conformance", folder: conformance, pkg: ".", ldflags: stripped, sources: []string{conformance, "infra/cluster/internal/layout"},
	use: []string{"-root", ".local", "-prepare"},
}

const conformance = "infra/cluster/conformance"

const pulumiFlags = stripped + " -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=" + pulumiVersion

// checked are the binaries of the packages that `make lint` and `make test` check. Both commands need every dependency
// compiled and show no progress, so the binaries are built first.
var checked = append(slices.Clone(clusterBinaries), program)

var (
	// The Pulumi program, with the flags of the language host, which then has nothing to compile. The language host
	// itself compiles changes, so that no sources are listed.
	program = binary{name: "program", folder: "infra", pkg: ".", workspace: true}

	// appImages are the images of the apps. The Pulumi program would build them too, but without showing how far it is.
	appImages = binary{
		name: "app-images", folder: "images", pkg: "./cmd/apps", workspace: true,
		sources: []string{"images", "apps"},
		use:     []string{".", "clients", "orders", "products", "explorer", "probe"},
	}

	// postgresImage is the image of the databases. The Pulumi program would build it too. Here, its half minute of
	// network and disk overlaps with the compilers.
	postgresImage = binary{
		name: "postgres-image", folder: "images", pkg: "./cmd/postgres", workspace: true,
		sources: []string{"images/cmd/postgres", "images/cmd/internal", "images/postgres", "images/debian"},
		use:     []string{".local/images"},
	}

	// The image for debugging the network. The cluster works without it.
	toolboxImage = binary{
		name: "toolbox-image", folder: "images", pkg: "./cmd/toolbox", workspace: true,
		sources: []string{"images/cmd/toolbox", "images/cmd/internal", "images/toolbox", "images/debian"},
		use:     []string{".local/images"}, optional: host.Images,
	}
)
