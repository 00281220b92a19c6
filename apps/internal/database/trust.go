package database

import (
	"crypto/x509"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.com/kubernetes-networking/apps/contract"
)

// trust sets whose signature on the server's certificate counts. The modes that verify nothing take no authorities:
// somebody who gives them believes that they are looked at.
func trust(connection *pgx.ConnConfig, config contract.Database[string]) error {
	verifies := config.SSLMode == "verify-ca" || config.SSLMode == "verify-full"
	switch {
	case !verifies && config.Authorities == "":
		return nil
	case !verifies:
		return fmt.Errorf("the database at %s has authorities, which its SSL mode %s does not look at: take verify-full",
			config.Host, config.SSLMode)
	case config.Authorities == "":
		return fmt.Errorf("the database at %s has no authorities, without which its SSL mode %s trusts no server",
			config.Host, config.SSLMode)
	}
	// pgx itself reads them from a file only. It looks here for both modes.
	connection.TLSConfig.RootCAs = x509.NewCertPool()
	if !connection.TLSConfig.RootCAs.AppendCertsFromPEM([]byte(config.Authorities)) {
		return fmt.Errorf("the authorities of the database at %s are no certificates in PEM", config.Host)
	}
	return nil
}
