package config

import (
	"crypto/x509"
	"fmt"
	"os"
)

// maxCABundle is below Linux' limit for one environment variable, 128 KiB (MAX_ARG_STRLEN).
const maxCABundle = 100 << 10

// readCABundle returns the PEM certificates in a file.
func readCABundle(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("has an sslrootcert that cannot be read: %w", err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(content) {
		return "", fmt.Errorf("has an sslrootcert without a PEM certificate, %s", path)
	}
	if len(content) > maxCABundle {
		return "", fmt.Errorf("has an sslrootcert of %d bytes, %s, and a container's environment can hold %d: "+
			"remove the certificates of other regions from it", len(content), path, maxCABundle)
	}
	return string(content), nil
}
