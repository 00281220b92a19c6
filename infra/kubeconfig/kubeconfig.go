// Package kubeconfig holds the kubeconfig of the stack, which the configuration names by its path or includes as
// contents.
package kubeconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Kubeconfig is the path of a file, or the contents of one. It prints as the path, and never as contents.
type Kubeconfig struct {
	path, contents string
	// shown is its name in messages.
	shown  string
	secret bool
}

// AtPath returns the kubeconfig in this file.
func AtPath(path string) Kubeconfig { return Kubeconfig{path: path, shown: path} }

// AsSecret returns k marked as secret: it prints as the configuration key instead of its path.
func (k Kubeconfig) AsSecret() Kubeconfig {
	k.shown, k.secret = "in kubernetes-networking:kubeconfig", true
	return k
}

// Secret reports whether messages must not quote anything from the kubeconfig, such as the name of a context.
func (k Kubeconfig) Secret() bool { return k.secret }

// FromContents returns the kubeconfig with these contents, which are secret. The error quotes no part of them.
func FromContents(contents string) (Kubeconfig, error) {
	file, err := clientcmd.Load([]byte(contents))
	switch {
	case err != nil:
		return Kubeconfig{}, parseError(err)
	case len(file.Contexts) == 0:
		return Kubeconfig{}, errors.New("it has no contexts")
	}
	return Kubeconfig{contents: contents}.AsSecret(), nil
}

// Load reads the kubeconfig. It ignores KUBECONFIG, the home folder and a Pod's service account.
func (k Kubeconfig) Load() (*clientcmdapi.Config, error) {
	if k.contents != "" {
		return clientcmd.Load([]byte(k.contents))
	}
	file, err := clientcmd.LoadFromFile(k.path)
	var unreadable *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the kubeconfig %s does not exist", k)
	case errors.As(err, &unreadable):
		return nil, fmt.Errorf("the kubeconfig %s cannot be read: %w", k, unreadable.Err)
	case err != nil:
		return nil, fmt.Errorf("the kubeconfig %s is not valid: %w", k, parseError(err))
	}
	return file, nil
}

// line matches the position in a parser's error. The rest of the error may quote the file.
var line = regexp.MustCompile(`\bline \d+\b`)

func parseError(err error) error {
	if found := line.FindString(err.Error()); found != "" {
		return errors.New(found + " is not YAML")
	}
	return errors.New("it is not the YAML or JSON of a kubeconfig")
}

// Input returns the argument of a provider: the path, which keeps credentials out of the stack's state, or the contents
// as a Pulumi secret, which is encrypted in the state.
func (k Kubeconfig) Input() pulumi.StringPtrInput {
	if k.contents == "" {
		return pulumi.String(k.path)
	}
	return pulumi.ToSecret(pulumi.String(k.contents)).(pulumi.StringOutput).ToStringPtrOutput()
}

// String returns the name of the kubeconfig in messages.
func (k Kubeconfig) String() string { return k.shown }

// GoString returns the same name, for %#v.
func (k Kubeconfig) GoString() string { return k.shown }
