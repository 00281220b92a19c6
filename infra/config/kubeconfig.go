package config

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"example.com/kubernetes-networking/infra/kubeconfig"
)

// kubeconfigForm describes a valid value of kubeconfig.
const kubeconfigForm = "the path of a kubeconfig file, or the contents of one"

// kubeconfig reads a path or contents, as pulumi-kubernetes' own provider does. Contents include credentials: they must
// be encrypted, and no message shows them. A value that is neither may be secret too.
func (r *reader) kubeconfig(key string) kubeconfig.Kubeconfig {
	text := strings.TrimRight(strings.TrimLeft(r.get(key), "\ufeff\r\n"), " \t\r\n")
	if text == "" {
		r.reject(key, "", kubeconfigForm)
		return kubeconfig.Kubeconfig{}
	}
	path := absolute(text, r.root)
	if _, err := os.Stat(path); err == nil || isPath(text) {
		file := kubeconfig.AtPath(path)
		if r.encrypted(key) || err != nil && !isShowable(text) {
			file = file.AsSecret()
		}
		return file
	}
	contents, err := kubeconfig.FromContents(text)
	switch {
	case err == nil && !r.encrypted(key):
		r.refusePlain(key)
	case err == nil:
		return contents
	case isBase64(text):
		r.refuse(key, "is base64-encoded: decode it first (base64 -d FILE | pulumi config set --secret "+key+")")
	case strings.Contains(text, "\n"):
		r.refuse(key, "is not a valid kubeconfig: "+err.Error()+" (pulumi config set --secret "+key+" VALUE)")
	default:
		r.refuse(key, "is neither "+kubeconfigForm+" (pulumi config set "+key+" PATH)")
	}
	return kubeconfig.Kubeconfig{}
}

// isPath reports whether text may be the path of a file that does not exist, such as the kubeconfig of a cluster that
// has not been started.
func isPath(text string) bool {
	tooLong := func(element string) bool { return len(element) > 255 } // NAME_MAX of Linux
	login := strings.Contains(text, ":") && strings.Contains(text, "@")
	return len(text) <= 1024 && !strings.ContainsFunc(text, unicode.IsControl) && !login &&
		!strings.Contains(text, "://") && !strings.Contains(text, ": ") && !strings.Contains(text, "{") &&
		!slices.ContainsFunc(strings.Split(text, "/"), tooLong)
}

// isShowable reports whether text clearly has the form of a path, so that messages can show it. Any other text may be a
// password or a token.
func isShowable(text string) bool {
	long := func(element string) bool { return len(element) > 64 }
	extensions := []string{".yaml", ".yml", ".json", ".conf", ".config"}
	rooted := strings.HasPrefix(text, "/") || strings.HasPrefix(text, "~/") ||
		strings.HasPrefix(text, ".") && strings.Contains(text, "/")
	return !slices.ContainsFunc(strings.Split(text, "/"), long) && !strings.Contains(text, "=") &&
		(rooted || slices.Contains(extensions, filepath.Ext(text)) || strings.HasSuffix(text, "config"))
}

// isBase64 reports whether text is a kubeconfig in base64.
func isBase64(text string) bool {
	decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return false
	}
	_, err = kubeconfig.FromContents(string(decoded))
	return err == nil
}
