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
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/redact"
	"example.com/kubernetes-networking/images"
	"example.com/kubernetes-networking/infra/connections"
)

// reader reads values and collects their problems.
type reader struct {
	ctx    *pulumi.Context
	config *config.Config
	root   string
	// keys are the keys that were read.
	keys []string
	// wrong are the keys with a problem. Other keys are not validated against them.
	wrong    map[string]bool
	problems []error
}

func newReader(ctx *pulumi.Context, root string) *reader {
	return &reader{ctx: ctx, config: config.New(ctx, ""), root: root, wrong: map[string]bool{}}
}

// get reads a value. Load reads every key unconditionally, because it reports the keys that were never read as unknown.
func (r *reader) get(key string) string {
	r.keys = append(r.keys, key)
	return r.config.Get(key)
}

// anyWrong reports whether one of these keys has a problem.
func (r *reader) anyWrong(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return r.wrong[key] })
}

func (r *reader) reject(key, value, allowed string) {
	problem := fmt.Sprintf("is %q", r.shown(key, value))
	if value == "" {
		problem = "is not set"
	}
	r.refuse(key, fmt.Sprintf("%s: it must be %s (pulumi config set %s VALUE)", problem, allowed, key))
}

// shown returns the value for messages, redacted if it may be secret.
func (r *reader) shown(key, value string) string {
	if r.encrypted(key) {
		return redact.Mask
	}
	return redact.Value(value)
}

// rejectSecret is reject without the value.
func (r *reader) rejectSecret(key string, problem error, allowed string) {
	r.refuse(key, fmt.Sprintf("%s: it must be %s (pulumi config set --secret %s VALUE)", problem, allowed, key))
}

func (r *reader) refuse(key, problem string) {
	r.wrong[key] = true
	r.problems = append(r.problems, fmt.Errorf("%s:%s %s", r.ctx.Project(), key, problem))
}

func (r *reader) text(key, allowed string, valid func(string) bool) string {
	value := r.get(key)
	if !valid(value) {
		r.reject(key, value, allowed)
	}
	return value
}

func (r *reader) optional(key, allowed string, valid func(string) bool) string {
	return r.text(key, allowed, func(text string) bool { return text == "" || valid(text) })
}

func (r *reader) oneOf(key string, values ...string) string {
	last := len(values) - 1
	return r.text(key, strings.Join(values[:last], ", ")+" or "+values[last], func(text string) bool {
		return slices.Contains(values, text)
	})
}

// encrypted reports whether the value was set with --secret.
func (r *reader) encrypted(key string) bool { return r.ctx.IsConfigSecret(r.ctx.Project() + ":" + key) }

// secret reads a value that must be encrypted in the stack's file. It returns nothing for one in plain text.
func (r *reader) secret(key string) string {
	value := r.get(key)
	if value != "" && !r.encrypted(key) {
		r.refusePlain(key)
		return ""
	}
	return value
}

func (r *reader) refusePlain(key string) {
	r.refuse(key, "is in plain text in Pulumi."+r.ctx.Stack()+".yaml: encrypt it with `pulumi config set --secret "+key+
		" VALUE`, and change the password if anybody has seen the file")
}

// absolute returns the absolute path of a file that is relative to root or to the home folder.
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

// podNetwork returns nothing for none.
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

// isCollector accepts the URL of a server that network policies can allow. Its host needs a full name: the search list
// of the cluster's DNS would complete a short one. Credentials are rejected, also in a query, because every Pod's
// specification would contain them.
func isCollector(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.User != nil ||
		strings.ContainsAny(text, "?#") {
		return false
	}
	if port := parsed.Port(); port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return false
		}
	}
	return checkHost(strings.ToLower(parsed.Hostname())) == nil
}

// isContext accepts what may be the name of a context. Tools compose them from users, hosts and ports.
func isContext(text string) bool { return !isPasted(text) }

// isPasted reports whether text is a URL, a token, or the contents of a file instead of a name.
func isPasted(text string) bool {
	const longest, jsonWebToken = 253, "eyJ"
	return len(text) > longest || strings.Contains(text, "://") || strings.ContainsAny(text, "{=") ||
		strings.HasPrefix(text, jsonWebToken) || strings.ContainsFunc(text, unicode.IsControl)
}

func (r *reader) repository(key string) images.Repository {
	value := r.get(key)
	repository, err := images.ParseRepository(value)
	if err != nil || isPasted(value) || strings.Contains(value, "@") {
		r.reject(key, value, "a registry and a path in it such as registry.example.com/team, or kind.local, or ko.local")
	}
	return repository
}

// architectures returns the architectures, sorted; none if the key is not set.
func (r *reader) architectures(key string) []string {
	known := []string{"amd64", "arm", "arm64", "ppc64le", "s390x"} // the architectures that Kubernetes releases nodes for
	allowed := "one or more of " + strings.Join(known, ", ") + " separated by commas, or nothing"
	values := r.list(key, allowed, func(name string) bool { return slices.Contains(known, name) })
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

func (r *reader) flag(key string) bool {
	return r.text(key, "true or false", func(text string) bool { return text == "true" || text == "false" }) == "true"
}

// names reads names of databases.
func (r *reader) names(key string) []string {
	return r.list(key, "names of databases such as orders-database, separated by commas, or nothing", dnsLabel.MatchString)
}

// list reads values separated by commas. It returns nil if the key is not set.
func (r *reader) list(key, allowed string, valid func(string) bool) []string {
	split := func(text string) []string { return strings.Split(strings.ReplaceAll(text, " ", ""), ",") }
	value := r.optional(key, allowed, func(text string) bool {
		return !slices.ContainsFunc(split(text), func(one string) bool { return !valid(one) })
	})
	if value == "" {
		return nil
	}
	return split(value)
}

// lab returns nothing for none.
func (r *reader) lab(key string) contract.Lab {
	labs := contract.Labs()
	allowed := "one of " + strings.Join(texts(labs), ", ") + ", or nothing"
	value := r.optional(key, allowed, func(text string) bool { return slices.Contains(labs, contract.Lab(text)) })
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
	value := r.get(key)
	count, err := strconv.Atoi(value)
	if highest := connections.MaxReplicas(1); err != nil || count < 1 || count > highest {
		r.reject(key, value, fmt.Sprintf("a whole number from 1 to %d", highest))
	}
	return count
}
