// Package config reads and validates the stack's configuration. Start with Load; Pulumi.yaml describes the keys.
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
	// PodNetwork is the CIDR of the cluster's Pods; empty if they share a range with other machines.
	PodNetwork string
	// DNSAddress resolves names in addition to the cluster's DNS Pods, such as node-local DNS; empty for none.
	DNSAddress string
	// ServiceType of the Services that are reached from outside: LoadBalancer, NodePort or ClusterIP.
	ServiceType string
	// Repository is the destination of the images (imageRepo).
	Repository images.Repository
	// Architectures of the nodes, as GOARCH names them; empty to read them from the cluster.
	Architectures []string
	// DatabaseImage is empty if the program builds the image.
	DatabaseImage string
	// Replicas of each service.
	Replicas int
	// StorageClass is empty for the cluster's default.
	StorageClass    string
	DatabaseStorage string
	// RetainData keeps the databases' volumes and passwords when the stack is destroyed.
	RetainData bool
	// DeleteDatabases are the names of the databases that an update may delete with their data.
	DeleteDatabases []string
	// LogLevel of the services: debug, info, warn or error.
	LogLevel string
	// OTLPEndpoint is the URL of a collector for traces, OTLP over HTTP; empty for none.
	OTLPEndpoint string
	// Lab breaks the demo on purpose; empty for none.
	Lab contract.Lab
	// ImagePullSecret is the content of a Docker config.json; not set if nodes pull without credentials.
	ImagePullSecret Secret
	// The services' external databases; nil if the stack declares them.
	ClientsDatabase, OrdersDatabase, ProductsDatabase *DSN
}

var (
	// dnsLabel is a label of RFC 1123, which the name of a namespace must be.
	dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	// dnsSubdomain is dnsLabel with dots, for the name of a StorageClass.
	dnsSubdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
)

// Load reads the configuration of the stack. It returns an error that lists every invalid key with its value and the
// values that are allowed. Keys that are invalid only because of another key are not listed. Relative paths start at
// root, the folder of Pulumi.yaml.
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
	loaded.OTLPEndpoint = r.optional("otlpEndpoint", "the URL of an OTLP collector such as "+
		"http://collector.observability.svc:4318, with an IPv4 address or a full name and without "+
		"credentials and parameters, or nothing", isCollector)
	loaded.Lab = r.lab("lab")
	r.storage(&loaded)
	r.databases(&loaded)
	r.checkLab(loaded)
	return loaded
}

// cluster reads the keys that name the cluster and the namespace.
func (r *reader) cluster() Config {
	found := Config{
		Kubeconfig: r.kubeconfig("kubeconfig"),
		Context:    r.optional("context", "the name of a context of the kubeconfig, or nothing", isContext),
		Namespace: r.text("namespace", "a name of up to 63 small letters, digits and hyphens, such as "+
			"kubernetes-networking, other than default and kube-…, which belong to the cluster", isNamespace),
		PodNetwork: r.podNetwork("podNetwork"),
		DNSAddress: r.optional("dnsAddress", "an IPv4 address such as 169.254.20.10, or nothing", isAddress),
	}
	if r.encrypted("context") {
		found.Kubeconfig = found.Kubeconfig.AsSecret()
	}
	return found
}

// isNamespace accepts the name of a namespace that the stack can create. Names that start with kube- are reserved; see
// https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/.
func isNamespace(text string) bool {
	return dnsLabel.MatchString(text) && text != metav1.NamespaceDefault && !strings.HasPrefix(text, "kube-")
}

// storage reads the keys of the stack's own databases.
func (r *reader) storage(loaded *Config) {
	loaded.DatabaseImage = r.optional("databaseImage",
		"the reference of an image such as docker.io/library/postgres:15, or nothing", isImage)
	loaded.StorageClass = r.optional("storageClass",
		"the name of a StorageClass, or nothing for the cluster's default", dnsSubdomain.MatchString)
	loaded.DatabaseStorage = r.text("databaseStorage", "a whole number of Mi, Gi or Ti from 256Mi to 64Ti, such as 1Gi",
		isVolumeSize)
}

func isImage(text string) bool {
	_, err := name.ParseReference(text)
	return err == nil && !isPasted(text) && redact.Text(text) == text
}

// checkArchitectures rejects several architectures if images are loaded into nodes or a daemon.
func (r *reader) checkArchitectures(loaded Config) {
	if r.anyWrong("architecture", "imageRepo") {
		return
	}
	if count := len(loaded.Architectures); count > 1 && loaded.Repository.Local() {
		r.refuse("architecture", fmt.Sprintf("names %d architectures, but images in %s have one "+
			"(pulumi config rm architecture)", count, loaded.Repository))
	}
}

// checkLab rejects a lab that has no effect with the rest of the configuration.
func (r *reader) checkLab(loaded Config) {
	if r.anyWrong("lab", "podNetwork", "serviceType") {
		return
	}
	if loaded.Lab == contract.DenyCall && loaded.PodNetwork == "" && loaded.ServiceType != "ClusterIP" {
		r.refuse("lab", fmt.Sprintf("is %q, and podNetwork is none: the network policy, which admits the outside, "+
			"cannot exclude the caller's Pods (pulumi config rm lab)", loaded.Lab))
	}
}
