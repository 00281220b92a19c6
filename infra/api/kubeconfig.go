package api

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"example.com/kubernetes-networking/apps/contract/redact"
	"example.com/kubernetes-networking/infra/kubeconfig"
)

// readKubeconfig returns the client configuration of a context, or of the current one if context is empty. The errors
// quote names from the kubeconfig only if it is not secret.
func readKubeconfig(from kubeconfig.Kubeconfig, context string) (*rest.Config, error) {
	file, err := from.Load()
	if err != nil {
		return nil, err
	}
	if err := clientcmd.ResolveLocalPaths(file); err != nil {
		return nil, fmt.Errorf("resolve the paths in the kubeconfig %s: %w", from, hide(from, err))
	}
	if context == "" {
		context = file.CurrentContext
	}
	shown := fmt.Sprintf("the context %q of the kubeconfig %s", redact.Value(context), from)
	if from.Secret() {
		shown = fmt.Sprintf("the context of the kubeconfig %s", from)
	}
	if file.Contexts[context] == nil {
		return nil, missingContext(from, file, context)
	}
	if err := usable(file, context); err != nil {
		return nil, fmt.Errorf("%s is not complete: %w", shown, hide(from, err))
	}
	found, err := clientcmd.NewNonInteractiveClientConfig(*file, context, &clientcmd.ConfigOverrides{}, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("%s is not complete: %w", shown, hide(from, err))
	}
	if found.AuthProvider != nil {
		return nil, fmt.Errorf("%s has an auth-provider, which Kubernetes no longer supports: "+
			"replace it with an exec plugin", shown)
	}
	// client-go would report a missing plugin in several lines.
	if plugin := found.ExecProvider; plugin != nil {
		if _, err := exec.LookPath(plugin.Command); err != nil && from.Secret() {
			return nil, fmt.Errorf("%s gets its credentials from a program that is not installed", shown)
		} else if err != nil {
			return nil, fmt.Errorf("%s gets its credentials from the program %s, which is not installed", shown, plugin.Command)
		}
	}
	return found, nil
}

func missingContext(from kubeconfig.Kubeconfig, file *clientcmdapi.Config, context string) error {
	if from.Secret() {
		return fmt.Errorf("the kubeconfig %s does not have the context that kubernetes-networking:context or its "+
			"current-context names (kubectl config get-contexts)", from)
	}
	return fmt.Errorf("the kubeconfig %s has no context %q, its contexts are %q",
		from, redact.Value(context), slices.Sorted(maps.Keys(file.Contexts)))
}

// usable returns an error if an entry of the context is missing, or one of its files.
func usable(file *clientcmdapi.Config, context string) error {
	if err := readable(file, context); err != nil {
		return err
	}
	return clientcmd.ConfirmUsable(*file, context)
}

// unshown replaces an error that may quote a secret kubeconfig.
var unshown = errors.New("kubectl with the same kubeconfig shows why")

// hide returns the error, or a substitute that quotes nothing if the kubeconfig is secret.
func hide(from kubeconfig.Kubeconfig, err error) error {
	if field := new(unreadableError); from.Secret() && !errors.As(err, &field) {
		return unshown
	}
	return err
}

// unreadableError is about a file that a field of the kubeconfig names. It does not contain the name.
type unreadableError struct {
	field string
	err   error
}

func (e *unreadableError) Error() string {
	return fmt.Sprintf("%s must be the path of a file, and opening it fails: %v", e.field, e.err)
}

// readable returns an error if a file that the context names cannot be read. client-go's error would contain the name
// of the file, which is a key if somebody wrote client-key instead of client-key-data.
func readable(file *clientcmdapi.Config, context string) error {
	named := map[string]string{}
	cluster := file.Clusters[file.Contexts[context].Cluster]
	if cluster != nil && len(cluster.CertificateAuthorityData) == 0 {
		named["certificate-authority"] = cluster.CertificateAuthority
	}
	if user := file.AuthInfos[file.Contexts[context].AuthInfo]; user != nil {
		if len(user.ClientCertificateData) == 0 {
			named["client-certificate"] = user.ClientCertificate
		}
		if len(user.ClientKeyData) == 0 {
			named["client-key"] = user.ClientKey
		}
		named["tokenFile"] = user.TokenFile
	}
	for _, field := range slices.Sorted(maps.Keys(named)) {
		if named[field] == "" {
			continue
		}
		opened, err := os.Open(named[field])
		var unreadable *fs.PathError
		if errors.As(err, &unreadable) {
			return &unreadableError{field, unreadable.Err}
		}
		if err == nil {
			_ = opened.Close()
		}
	}
	return nil
}

// null is the null device once DiscardStderr has opened it.
var null *os.File

// DiscardStderr makes os.Stderr the null device, and returns the original one. Credential plugins write there, client-go
// gives them no other file, and their output may contain credentials, which pulumi would print. Call DiscardStderr once,
// before another goroutine uses os.Stderr, and before Connect.
func DiscardStderr() (original *os.File, err error) {
	opened, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	original, null, os.Stderr = os.Stderr, opened, opened
	return original, nil
}

// newClient returns an HTTP client for the configuration. A credential plugin gets the current os.Stderr.
func newClient(config *rest.Config) (*http.Client, error) {
	if config.ExecProvider != nil && os.Stderr != null {
		return nil, errors.New("the output of its program would be shown: call DiscardStderr first")
	}
	return rest.HTTPClientFor(config)
}
