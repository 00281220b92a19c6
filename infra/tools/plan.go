package main

import (
	"fmt"
	"slices"
	"strings"

	"example.com/kubernetes-networking/infra/tools/internal/provider"
)

const (
	kubernetesVersion = "v1.35.4"
	pulumiVersion     = "v3.232.0"

	// stripped leaves the symbol table and the debug information out: a third of the size, and a faster link.
	stripped = "-s -w"
)

// binary is one program. Paths are relative to the checkout.
type binary struct {
	name    string
	output  string // the folder in .local that the program goes to, bin if empty
	folder  string // where the go command runs: the module
	pkg     string
	ldflags string
	links   []string // other names for the binary, relative to .local/bin
	plugin  string   // if not empty: the folder of this plugin among pulumi's plugins
	use     []string // if not empty: the binary is run once, with these arguments, when it has been built

	// sources are the files and folders whose change means that the binary is out of date. The go.mod and go.sum in
	// folder always are.
	sources []string

	// optional are the host packages that the binary is used with, if the demo works without it: neither they nor it fail a
	// command.
	optional []hostPackage

	// workspace says that go.work counts, as it does for the language host.
	workspace bool

	// trimmed says that the module is built with the copy of the Kubernetes provider that provider.Prepare makes.
	trimmed bool

	// installed returns the path of an equivalent that is on this machine already, or nothing.
	installed func(*builder) string
}

// binaries are the programs of the demo in the order in which they are built. Kubernetes comes first: the others
// share its compiled packages, since the versions in their go.mod files are the same.
func binaries(cluster bool) []binary {
	var list []binary
	if cluster {
		list = append(list, clusterBinaries...)
	}
	return append(list, pulumiBinaries...)
}

// buildable returns an error if one of the binaries is a part of the embedded cluster, and the system is not Linux.
func buildable(list []binary, system string) error {
	embedded := slices.ContainsFunc(list, func(target binary) bool { return strings.HasPrefix(target.folder, "infra/cluster") })
	if embedded && system != "linux" {
		return fmt.Errorf("the embedded cluster needs Linux, and this machine runs %s: use a cluster of your own, such as kind, with a "+
			"stack of your own (make tools STACK=mine; see \"Your own cluster\" in README.md)", system)
	}
	return nil
}

// Without a version kubeadm and the kubelet call themselves v0.0.0-master, and reject each other.
const kubernetesFlags = stripped + " -X k8s.io/component-base/version.gitVersion=" + kubernetesVersion +
	" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=35"

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
}

var pulumiBinaries = []binary{
	{
		name: "pulumi", folder: "infra/tools/pulumi", pkg: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
		ldflags: pulumiFlags, installed: (*builder).installedPulumi,
	},
	{
		name: "pulumi-language-go", folder: "infra/tools/pulumi", pkg: "./pulumi-language-go",
		sources: []string{"infra/tools/pulumi/pulumi-language-go"},
		ldflags: pulumiFlags, installed: (*builder).installedLanguageHost,
	},
	{
		name: "pulumi-resource-kubernetes", folder: "infra/tools/pulumi", pkg: provider.Package,
		sources: []string{"infra/tools/internal/provider"},
		ldflags: stripped + " -X " + provider.Module + "/pkg/version.Version=" + provider.Version,
		// Not in .local/bin, which is in PATH: pulumi warns at every command about a plugin that it finds there.
		output: "build", plugin: "resource-kubernetes-v" + provider.Version,
		trimmed: true, installed: (*builder).installedProvider,
	},
	program,
}

// doctor checks the machine. It shares its packages with the cluster, which therefore compiles no longer for it.
var doctor = binary{
	name: "doctor", folder: "infra/cluster", pkg: "./doctor", ldflags: stripped,
	sources: []string{"infra/cluster/doctor", "infra/cluster/internal"},
}

// conformanceBinaries are Kubernetes' tests of networking and the image that they run in Pods. What they have in common with
// clusterBinaries is most of them.
var conformanceBinaries = []binary{
	{
		name: "e2e.test", folder: conformance, pkg: "./suite", ldflags: kubernetesFlags, sources: []string{conformance + "/suite"},
	},
	{name: "ginkgo", folder: conformance, pkg: "github.com/onsi/ginkgo/v2/ginkgo", ldflags: stripped},
	{name: "agnhost", folder: conformance, pkg: "k8s.io/kubernetes/test/images/agnhost", ldflags: stripped},
	{name: "regression-issue-74839", folder: conformance, pkg: "k8s.io/kubernetes/test/images/regression-issue-74839", ldflags: stripped},
}

// conformanceRunner makes the root file system of the tests' image, which waits for the network, and runs the tests.
var conformanceRunner = binary{
	name: "conformance", folder: conformance, pkg: ".", ldflags: stripped, sources: []string{conformance, "infra/cluster/internal/layout"},
	use: []string{"-root", ".local", "-prepare"},
}

const conformance = "infra/cluster/conformance"

const pulumiFlags = stripped + " -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=" + pulumiVersion

// checked are the binaries that consist of what `make lint` and `make test` work on. Both need every dependency
// compiled, and neither says how far it is: building the binaries first does.
var checked = append(slices.Clone(clusterBinaries), program)

var (
	// The Pulumi program, with the flags of the language host, which then finds nothing to do. Its sources are not
	// listed: the language host compiles what changed.
	program = binary{name: "program", folder: "infra", pkg: ".", workspace: true}

	// The image of the databases. It is made here because it takes half a minute of network and disk, beside which the
	// compilers can work; the Pulumi program would make it, too.
	postgresImage = binary{
		name: "postgres-image", folder: "images", pkg: "./cmd/postgres", workspace: true, sources: []string{"images/cmd/postgres", "images/postgres", "images/debian"},
		use: []string{".local/images"},
	}

	// The image that people debug the network with. The cluster works without it.
	toolboxImage = binary{
		name: "toolbox-image", folder: "images", pkg: "./cmd/toolbox", workspace: true,
		sources: []string{"images/cmd/toolbox", "images/toolbox", "images/debian"},
		use:     []string{".local/images"}, optional: imagePackages,
	}
)
