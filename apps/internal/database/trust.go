package database

import (
	"crypto/x509"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.com/kubernetes-networking/apps/contract"
)

// trust configures the CA certificates for verify-ca and verify-full. It refuses them for the other modes, which would
// silently ignore them.
func trust(connection *pgx.ConnConfig, config contract.Database[string]) error {
	verifies := config.SSLMode == "verify-ca" || config.SSLMode == "verify-full"
	switch {
	case !verifies && config.CACertificates == "":
		return nil
	case !verifies:
		return fmt.Errorf("the database at %s has CA certificates, which the SSL mode %s ignores: set the mode to verify-full",
			config.Host, config.SSLMode)
	case config.CACertificates == "":
		return fmt.Errorf("the database at %s has no CA certificates, which the SSL mode %s requires",
			config.Host, config.SSLMode)
	}
	// pgx itself reads them from a file only. It uses this pool in both modes.
	connection.TLSConfig.RootCAs = x509.NewCertPool()
	if !connection.TLSConfig.RootCAs.AppendCertsFromPEM([]byte(config.CACertificates)) {
		return fmt.Errorf("the CA certificates of the database at %s are not in PEM", config.Host)
	}
	return nil
}
