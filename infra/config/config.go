// Package config reads the stack's configuration and checks it, before anything is made of it.
package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"example.com/kubernetes-networking/images"
)

// Config is the stack's configuration. Pulumi.yaml describes every key and holds the defaults.
type Config struct {
	// Kubeconfig is an absolute path.
	Kubeconfig string
	// Context of the kubeconfig; empty for its current one.
	Context   string
	Namespace string
	// PodNetwork is the CIDR that the cluster's Pods have their addresses from.
	PodNetwork string
	// ServiceType of what is reached from outside: LoadBalancer, NodePort or ClusterIP.
	ServiceType string
	// Repository is where the images go (imageRepo).
	Repository images.Repository
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
}

// maxReplicas of a service share one PostgreSQL server and its connections (package database). More would leave each
// with less than five.
const maxReplicas = 9

var (
	// dnsLabel is RFC 1123's, as Kubernetes wants it for the name of a namespace.
	dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	// dnsSubdomain is dnsLabel with dots, for the name of a StorageClass.
	dnsSubdomain = regexp.MustCompile(`^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$`)
	storageSize  = regexp.MustCompile(`^[1-9][0-9]*(Mi|Gi|Ti)$`)
)

// Load returns the configuration of the stack, or an error that names each wrong key, its value and what is allowed.
// Relative paths start at root, the folder of Pulumi.yaml.
func Load(ctx *pulumi.Context, root string) (Config, error) {
	r := reader{config: config.New(ctx, "")}
	loaded := Config{
		Kubeconfig: r.path("kubeconfig", root),
		Context:    r.config.Get("context"),
		Namespace: r.text("namespace", "a name of up to 63 small letters, digits and hyphens, such as kubernetes-networking",
			dnsLabel.MatchString),
		PodNetwork: r.text("podNetwork", "the CIDR of the cluster's Pods, such as 10.244.0.0/16", isNetwork),
		ServiceType: r.text("serviceType", "LoadBalancer, NodePort or ClusterIP", func(text string) bool {
			return slices.Contains([]string{"LoadBalancer", "NodePort", "ClusterIP"}, text)
		}),
		Repository: r.repository("imageRepo"),
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
		OTLPEndpoint: r.optional("otlpEndpoint", "the URL of an OTLP collector such as http://collector.observability.svc:4318, or nothing", isURL),
	}
	return loaded, errors.Join(r.wrong...)
}

// reader reads values and collects what is wrong with them.
type reader struct {
	config *config.Config
	wrong  []error
}

func (r *reader) reject(key, value, allowed string) {
	problem := fmt.Sprintf("is %q", value)
	if value == "" {
		problem = "is not set"
	}
	r.wrong = append(r.wrong, fmt.Errorf("kubernetes-networking:%s %s: it has to be %s (pulumi config set %s VALUE)",
		key, problem, allowed, key))
}

func (r *reader) text(key, allowed string, valid func(string) bool) string {
	value := r.config.Get(key)
	if !valid(value) {
		r.reject(key, value, allowed)
	}
	return value
}

func (r *reader) optional(key, allowed string, valid func(string) bool) string {
	return r.text(key, allowed, func(text string) bool { return text == "" || valid(text) })
}

func (r *reader) path(key, root string) string {
	value := r.text(key, "the path of a kubeconfig file", func(text string) bool { return text != "" })
	if inHome, found := strings.CutPrefix(value, "~/"); found {
		if home, err := os.UserHomeDir(); err == nil {
			value = filepath.Join(home, inHome)
		}
	}
	if !filepath.IsAbs(value) {
		value = filepath.Join(root, value)
	}
	return value
}

func isNetwork(text string) bool {
	prefix, err := netip.ParsePrefix(text)
	return err == nil && prefix == prefix.Masked()
}

func isURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Host != ""
}

func (r *reader) repository(key string) images.Repository {
	value := r.config.Get(key)
	repository, err := images.ParseRepository(value)
	if err != nil {
		r.reject(key, value, "a registry and a path in it such as registry.example.com/team, or kind.local, or ko.local")
	}
	return repository
}

func (r *reader) flag(key string) bool {
	return r.text(key, "true or false", func(text string) bool { return text == "true" || text == "false" }) == "true"
}

func (r *reader) replicas(key string) int {
	value := r.config.Get(key)
	count, err := strconv.Atoi(value)
	if err != nil || count < 1 || count > maxReplicas {
		r.reject(key, value, fmt.Sprintf("a whole number from 1 to %d", maxReplicas))
	}
	return count
}
