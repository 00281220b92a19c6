package config

import (
	"crypto/x509"
	"fmt"
	"os"
)

// maxAuthorities is below what Linux takes as one environment variable, 128 KiB (MAX_ARG_STRLEN).
const maxAuthorities = 100 << 10

// readAuthorities returns the PEM certificates in a file.
func readAuthorities(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("has an sslrootcert that cannot be read: %w", err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(content) {
		return "", fmt.Errorf("has an sslrootcert, %s, without a PEM certificate in it", path)
	}
	if len(content) > maxAuthorities {
		return "", fmt.Errorf("has an sslrootcert, %s, of %d bytes, and a container's environment takes %d: "+
			"leave the authorities of other regions out of it", path, len(content), maxAuthorities)
	}
	return string(content), nil
}
