package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/images"
)

// reader reads values and collects what is wrong with them.
type reader struct {
	ctx    *pulumi.Context
	config *config.Config
	root   string
	wrong  []error
}

func (r *reader) reject(key, value, allowed string) {
	problem := fmt.Sprintf("is %q", value)
	if value == "" {
		problem = "is not set"
	}
	r.refuse(key, fmt.Sprintf("%s: it has to be %s (pulumi config set %s VALUE)", problem, allowed, key))
}

// rejectSecret is reject for a value that is not shown.
func (r *reader) rejectSecret(key string, problem error, allowed string) {
	r.refuse(key, fmt.Sprintf("%s: it has to be %s (pulumi config set --secret %s VALUE)", problem, allowed, key))
}

func (r *reader) refuse(key, problem string) {
	r.wrong = append(r.wrong, fmt.Errorf("kubernetes-networking:%s %s", key, problem))
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

// secret reads a value that has to be encrypted where it is stored.
func (r *reader) secret(key string) string {
	value := r.config.Get(key)
	if value != "" && !r.ctx.IsConfigSecret(r.ctx.Project()+":"+key) {
		r.refuse(key, "stands in plain text in Pulumi."+r.ctx.Stack()+".yaml: encrypt it with `pulumi config set --secret "+key+
			" VALUE`, and choose another password if anybody has seen the file")
	}
	return value
}

func (r *reader) path(key string) string {
	return absolute(r.text(key, "the path of a kubeconfig file", func(text string) bool { return text != "" }), r.root)
}

// absolute is the path of a file that may be named from root or from the home folder.
func absolute(path, root string) string {
	if inHome, found := strings.CutPrefix(path, "~/"); found {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, inHome)
		}
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	return path
}

// podNetwork is empty for none.
func (r *reader) podNetwork(key string) string {
	value := r.text(key, "the CIDR of the cluster's Pods, IPv4, such as 10.244.0.0/16, or none", func(text string) bool {
		return text == "none" || isNetwork(text)
	})
	return strings.TrimPrefix(value, "none")
}

func isAddress(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

func isNetwork(text string) bool {
	prefix, err := netip.ParsePrefix(text)
	return err == nil && prefix.Addr().Is4() && prefix.Bits() > 0 && prefix == prefix.Masked()
}

// isCollector accepts the URL of a server that network policies can be opened to. Its host has a full name: a short one is
// completed inside of the cluster, and leads elsewhere than its text says. Credentials would stand in every Pod's
// specification.
func isCollector(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.User != nil {
		return false
	}
	if port := parsed.Port(); port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return false
		}
	}
	return checkHost(strings.ToLower(parsed.Hostname())) == nil
}

func (r *reader) repository(key string) images.Repository {
	value := r.config.Get(key)
	repository, err := images.ParseRepository(value)
	if err != nil {
		r.reject(key, value, "a registry and a path in it such as registry.example.com/team, or kind.local, or ko.local")
	}
	return repository
}

// architectures returns the names between commas, sorted; none if the key is not set.
func (r *reader) architectures(key string) []string {
	known := []string{"amd64", "arm", "arm64", "ppc64le", "s390x"} // Kubernetes publishes nodes for these
	split := func(text string) []string { return strings.Split(strings.ReplaceAll(text, " ", ""), ",") }
	value := r.optional(key, "one or more of "+strings.Join(known, ", ")+" with commas between, or nothing", func(text string) bool {
		return !slices.ContainsFunc(split(text), func(name string) bool { return !slices.Contains(known, name) })
	})
	if value == "" {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(split(value))))
}

func (r *reader) flag(key string) bool {
	return r.text(key, "true or false", func(text string) bool { return text == "true" || text == "false" }) == "true"
}

// lab is empty for none.
func (r *reader) lab(key string) contract.Lab {
	labs := contract.Labs()
	value := r.optional(key, fmt.Sprintf("one of %s, or nothing", strings.Join(texts(labs), ", ")), func(text string) bool {
		return slices.Contains(labs, contract.Lab(text))
	})
	return contract.Lab(value)
}

func texts(labs []contract.Lab) []string {
	var all []string
	for _, lab := range labs {
		all = append(all, string(lab))
	}
	return all
}

func (r *reader) replicas(key string) int {
	value := r.config.Get(key)
	count, err := strconv.Atoi(value)
	if highest := maxReplicas(1); err != nil || count < 1 || count > highest {
		r.reject(key, value, fmt.Sprintf("a whole number from 1 to %d", highest))
	}
	return count
}
