// Package kubeconfig holds the kubeconfig of the stack, which the configuration gives as a path or as contents.
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

// Kubeconfig is a file, or its contents. It prints as the path of the file, and never as contents.
type Kubeconfig struct {
	path, contents string
	// shown names it in messages.
	shown string
}

// AtPath returns the kubeconfig in this file.
func AtPath(path string) Kubeconfig { return Kubeconfig{path: path, shown: path} }

// Unnamed returns k with a name in messages that is not its path, because the path may be secret.
func (k Kubeconfig) Unnamed() Kubeconfig {
	k.shown = "in kubernetes-networking:kubeconfig"
	return k
}

// FromContents returns the kubeconfig with these contents. The error quotes no part of them.
func FromContents(contents string) (Kubeconfig, error) {
	file, err := clientcmd.Load([]byte(contents))
	switch {
	case err != nil:
		return Kubeconfig{}, parseError(err)
	case len(file.Contexts) == 0:
		return Kubeconfig{}, errors.New("there are no contexts in it")
	}
	return Kubeconfig{contents: contents}.Unnamed(), nil
}

// Load reads the kubeconfig, and nothing else: neither KUBECONFIG nor the home folder nor a Pod's service account.
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

// line is where a parser has found an error. The rest of its message may quote the file.
var line = regexp.MustCompile(`\bline \d+\b`)

func parseError(err error) error {
	if found := line.FindString(err.Error()); found != "" {
		return errors.New(found + " is not YAML")
	}
	return errors.New("it is not the YAML or JSON of a kubeconfig")
}

// Input is what a provider takes: the path, so that no credentials get into the stack's state, or the contents as a
// secret, which is encrypted there.
func (k Kubeconfig) Input() pulumi.StringPtrInput {
	if k.contents == "" {
		return pulumi.String(k.path)
	}
	return pulumi.ToSecret(pulumi.String(k.contents)).(pulumi.StringOutput).ToStringPtrOutput()
}

// String names the kubeconfig in messages.
func (k Kubeconfig) String() string { return k.shown }

// GoString does the same for %#v.
func (k Kubeconfig) GoString() string { return k.shown }
