// Package config reads the stack's configuration and checks it, before anything is made of it.
package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/redact"
	"example.com/kubernetes-networking/images"
	"example.com/kubernetes-networking/infra/kubeconfig"
)

// Config is the stack's configuration. Pulumi.yaml describes every key and holds the defaults.
type Config struct {
	Kubeconfig kubeconfig.Kubeconfig
	// Context of the kubeconfig; empty for its current one.
	Context   string
	Namespace string
	// PodNetwork is the CIDR that the cluster's Pods have their addresses from; empty where it cannot be told from others'.
	PodNetwork string
	// DNSAddress is where names are resolved beside the cluster's DNS Pods, such as node-local DNS; empty for nowhere.
	DNSAddress string
	// ServiceType of what is reached from outside: LoadBalancer, NodePort or ClusterIP.
	ServiceType string
	// Repository is where the images go (imageRepo).
	Repository images.Repository
	// Architectures of the nodes, as GOARCH names them; empty where the cluster has to be asked.
	Architectures []string
	// DatabaseImage is empty where the program makes the image.
	DatabaseImage string
	// Replicas of each service.
	Replicas int
	// StorageClass is empty for the cluster's default one.
	StorageClass    string
	DatabaseStorage string
	// RetainData keeps the databases' volumes and passwords when the stack is destroyed.
	RetainData bool
	// DeleteDatabases are the names of the databases that an update may delete with their data.
	DeleteDatabases []string
	// LogLevel of the services: debug, info, warn or error.
	LogLevel string
	// OTLPEndpoint is where the services send their traces, OTLP over HTTP; empty for nowhere.
	OTLPEndpoint string
	// Lab is how the demo is broken on purpose; empty for not at all.
	Lab contract.Lab
	// ImagePullSecret is the content of a Docker config.json; not set where nodes pull without credentials.
	ImagePullSecret Secret
	// The services' databases outside of the stack; nil where the stack makes them.
	ClientsDatabase, OrdersDatabase, ProductsDatabase *DSN
}

// maxReplicas is how many Pods of a service can share one PostgreSQL server and its connections (package database) with
// those of other services that have their database there: more would leave each Pod with less than four. It needs some at
// once, for requests, for its health check, and for a message to a peer that does not answer.
func maxReplicas(servicesOnServer int) int { return min(9, 11/servicesOnServer) }

var (
	// dnsLabel is RFC 1123's, as Kubernetes wants it for the name of a namespace.
	dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	// dnsSubdomain is dnsLabel with dots, for the name of a StorageClass.
	dnsSubdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
)

// Load returns the configuration of the stack, or an error that names each wrong key, its value and what is allowed. Of a
// problem that follows from another one it names the first alone. Relative paths start at root, the folder of Pulumi.yaml.
func Load(ctx *pulumi.Context, root string) (Config, error) {
	r := newReader(ctx, root)
	loaded := r.load()
	return loaded, errors.Join(append(r.unknown(), r.problems...)...)
}

// load reads every key.
func (r *reader) load() Config {
	loaded := r.cluster()
	loaded.ServiceType = r.oneOf("serviceType", "LoadBalancer", "NodePort", "ClusterIP")
	loaded.Repository = r.repository("imageRepo")
	loaded.Architectures = r.architectures("architecture")
	r.checkArchitectures(loaded)
	loaded.ImagePullSecret = r.pullSecret("imagePullSecret", loaded.Repository)
	loaded.Replicas = r.replicas("replicas")
	loaded.RetainData = r.flag("retainData")
	loaded.DeleteDatabases = r.names("deleteDatabases")
	loaded.LogLevel = r.oneOf("logLevel", "debug", "info", "warn", "error")
	loaded.OTLPEndpoint = r.optional("otlpEndpoint", "the URL of an OTLP collector such as http://collector.observability.svc:4318, "+
		"with an IPv4 address or a full name and without credentials and parameters, or nothing", isCollector)
	loaded.Lab = r.lab("lab")
	r.storage(&loaded)
	r.databases(&loaded)
	r.checkLab(loaded)
	return loaded
}

// cluster reads where the demo is deployed.
func (r *reader) cluster() Config {
	return Config{
		Kubeconfig: r.kubeconfig("kubeconfig"),
		Context:    r.optional("context", "the name of a context of the kubeconfig, or nothing", isContext),
		Namespace: r.text("namespace", "a name of up to 63 small letters, digits and hyphens, such as kubernetes-networking, "+
			"other than default and kube-…, which belong to the cluster", isNamespace),
		PodNetwork: r.podNetwork("podNetwork"),
		DNSAddress: r.optional("dnsAddress", "an IPv4 address such as 169.254.20.10, or nothing", isAddress),
	}
}

// isNamespace accepts the name of a namespace that the stack can create. Names that start with kube- are reserved; see
// https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/.
func isNamespace(text string) bool {
	return dnsLabel.MatchString(text) && text != metav1.NamespaceDefault && !strings.HasPrefix(text, "kube-")
}

// storage reads what the stack's own databases are made of.
func (r *reader) storage(loaded *Config) {
	loaded.DatabaseImage = r.optional("databaseImage", "the reference of an image such as docker.io/library/postgres:15, or nothing",
		isImage)
	loaded.StorageClass = r.optional("storageClass", "the name of a StorageClass, or nothing for the cluster's default one",
		dnsSubdomain.MatchString)
	loaded.DatabaseStorage = r.text("databaseStorage", "a whole number of Mi, Gi or Ti from 256Mi to 64Ti, such as 1Gi",
		isVolumeSize)
}

func isImage(text string) bool {
	_, err := name.ParseReference(text)
	return err == nil && !isPasted(text) && redact.Text(text) == text
}

// checkArchitectures refuses several architectures where images are loaded into nodes or a daemon.
func (r *reader) checkArchitectures(loaded Config) {
	if r.anyWrong("architecture", "imageRepo") {
		return
	}
	if count := len(loaded.Architectures); count > 1 && loaded.Repository.Local() {
		r.refuse("architecture", fmt.Sprintf("names %d architectures, but images in %s are of one (pulumi config rm architecture)",
			count, loaded.Repository))
	}
}

// checkLab refuses a lab that has no effect with the rest of the configuration.
func (r *reader) checkLab(loaded Config) {
	if r.anyWrong("lab", "podNetwork", "serviceType") {
		return
	}
	if loaded.Lab == contract.DenyCall && loaded.PodNetwork == "" && loaded.ServiceType != "ClusterIP" {
		r.refuse("lab", fmt.Sprintf("is %q, and podNetwork is none: the caller's Pods cannot be told from the outside, which stays let in "+
			"(pulumi config rm lab)", loaded.Lab))
	}
}
