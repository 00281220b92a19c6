// Package config reads the stack's configuration and checks it, before anything is made of it.
package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/images"
)

// Config is the stack's configuration. Pulumi.yaml describes every key and holds the defaults.
type Config struct {
	// Kubeconfig is an absolute path.
	Kubeconfig string
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
	storageSize  = regexp.MustCompile(`^[1-9][0-9]*(Mi|Gi|Ti)$`)
)

// Load returns the configuration of the stack, or an error that names each wrong key, its value and what is allowed.
// Relative paths start at root, the folder of Pulumi.yaml.
func Load(ctx *pulumi.Context, root string) (Config, error) {
	r := reader{ctx: ctx, config: config.New(ctx, ""), root: root}
	loaded := Config{
		Kubeconfig: r.path("kubeconfig"),
		Context:    r.config.Get("context"),
		Namespace: r.text("namespace", "a name of up to 63 small letters, digits and hyphens, such as kubernetes-networking",
			dnsLabel.MatchString),
		PodNetwork: r.podNetwork("podNetwork"),
		DNSAddress: r.optional("dnsAddress", "an IPv4 address such as 169.254.20.10, or nothing", isAddress),
		ServiceType: r.text("serviceType", "LoadBalancer, NodePort or ClusterIP", func(text string) bool {
			return slices.Contains([]string{"LoadBalancer", "NodePort", "ClusterIP"}, text)
		}),
		Repository:    r.repository("imageRepo"),
		Architectures: r.architectures("architecture"),
		DatabaseImage: r.optional("databaseImage", "the reference of an image such as docker.io/library/postgres:15, or nothing",
			func(text string) bool { _, err := name.ParseReference(text); return err == nil }),
		Replicas: r.replicas("replicas"),
		StorageClass: r.optional("storageClass", "the name of a StorageClass, or nothing for the cluster's default one",
			dnsSubdomain.MatchString),
		DatabaseStorage: r.text("databaseStorage", "a whole number of Mi, Gi or Ti, such as 1Gi", storageSize.MatchString),
		RetainData:      r.flag("retainData"),
		LogLevel: r.text("logLevel", "debug, info, warn or error", func(text string) bool {
			return slices.Contains([]string{"debug", "info", "warn", "error"}, text)
		}),
		OTLPEndpoint: r.optional("otlpEndpoint", "the URL of an OTLP collector such as http://collector.observability.svc:4318, "+
			"with an IPv4 address or a full name and without credentials, or nothing", isCollector),
	}
	loaded.Lab = r.lab("lab")
	if loaded.Lab == contract.DenyCall && loaded.PodNetwork == "" && loaded.ServiceType != "ClusterIP" {
		r.refuse("lab", fmt.Sprintf("is %q, and podNetwork is none: the caller's Pods cannot be told from the outside, which stays let in "+
			"(pulumi config rm lab)", loaded.Lab))
	}
	if count := len(loaded.Architectures); count > 1 && loaded.Repository.Local() {
		r.refuse("architecture", fmt.Sprintf("names %d architectures, but images in %s are of one (pulumi config rm architecture)",
			count, loaded.Repository))
	}
	loaded.ImagePullSecret = r.pullSecret("imagePullSecret", loaded.Repository)
	r.databases(&loaded)
	return loaded, errors.Join(r.wrong...)
}
