package config

import (
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"example.com/kubernetes-networking/apps/contract/redact"
)

// DSN holds the address and the credentials of an external PostgreSQL database.
type DSN struct {
	// Host is an IPv4 address or a full DNS name; a Service of the same cluster is <service>.<namespace>.svc.
	Host           string
	Port           int
	Database, User string
	Password       Secret
	// SSLMode is PostgreSQL's: disable, require, verify-ca or verify-full.
	SSLMode string
	// CABundle holds PEM certificates. With verify-ca and verify-full, one of them has to sign the server's certificate.
	CABundle string
	// Sharing is the number of the stack's databases on the same server, including this one.
	Sharing int
}

// dsnForm describes a valid DSN.
const dsnForm = redact.DatabaseURL + ", with %40 %2F %3A %23 %3F %25 for the characters " +
	"@ / : # ? % in the password"

const postgresPort = 5432

// fullHostName is an RFC 1123 name of two labels or more, or an IPv4 address.
var fullHostName = regexp.MustCompile(`^(` + hostLabel + `\.)+` + hostLabel + `$`)

const hostLabel = `[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?`

// numbers matches what looks like an IPv4 address, valid or not. No host name looks like that.
var numbers = regexp.MustCompile(`^[0-9.]+$`)

// parseDSN reads a PostgreSQL URL; see
// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS. The error quotes no part of the
// text: if a password is not encoded correctly, any part may belong to it.
func parseDSN(text, root string) (DSN, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return DSN{}, errors.New("is not a URL")
	}
	password, found := parsed.User.Password()
	dsn := DSN{
		Host: strings.ToLower(parsed.Hostname()), Port: postgresPort, Sharing: 1,
		Database: strings.TrimPrefix(parsed.Path, "/"), User: parsed.User.Username(), Password: Secret{password},
	}
	switch {
	case parsed.Scheme != "postgres" && parsed.Scheme != "postgresql":
		return DSN{}, errors.New("does not start with postgres://")
	case dsn.User == "" || !found || password == "":
		return DSN{}, errors.New("has no user or no password")
	case parsed.Fragment != "" || strings.Contains(dsn.Database, "/"):
		return DSN{}, errors.New("has a # or a second / after the host")
	case dsn.Database == "":
		return DSN{}, errors.New("has no database")
	case strings.ContainsFunc(dsn.User+dsn.Database+password, unicode.IsControl):
		return DSN{}, errors.New("has a control character such as %00 or %0A in it")
	}
	if err := checkHost(dsn.Host); err != nil {
		return DSN{}, err
	}
	if text := parsed.Port(); text != "" {
		if dsn.Port, err = strconv.Atoi(text); err != nil || dsn.Port < 1 || dsn.Port > 65535 {
			return DSN{}, errors.New("has a port that is not a number from 1 to 65535")
		}
	}
	return dsn, dsn.readParameters(parsed.RawQuery, root)
}

// checkHost returns an error if a Pod cannot reach the host by this name, or if no network policy can allow it.
func checkHost(host string) error {
	if strings.Contains(host, ":") {
		return errors.New("has an IPv6 address, and the network policies allow IPv4 only: use a DNS name or an IPv4 address")
	}
	address, err := netip.ParseAddr(host)
	switch {
	case host == "localhost", err == nil && (address.IsLoopback() || address.IsUnspecified()):
		return errors.New("has a host that is the Pod itself: use the name that the database has inside of the cluster")
	case !fullHostName.MatchString(host), err != nil && numbers.MatchString(host):
		return errors.New("needs a host with a full name, such as db.example.com, 192.0.2.7 or SERVICE.NAMESPACE.svc")
	}
	return nil
}

// readParameters reads the part after the question mark.
func (d *DSN) readParameters(query, root string) error {
	parameters, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("has parameters that are not URL-encoded")
	}
	for name, values := range parameters {
		if !slices.Contains([]string{"sslmode", "sslrootcert"}, name) || len(values) > 1 {
			return errors.New("has other parameters than one sslmode and one sslrootcert")
		}
	}
	d.SSLMode = parameters.Get("sslmode")
	file := parameters.Get("sslrootcert")
	switch d.SSLMode {
	case "disable", "require":
		if file != "" {
			return errors.New("has an sslrootcert, which only the sslmodes verify-ca and verify-full use")
		}
	case "verify-ca", "verify-full":
		if file == "" || file == "system" {
			return errors.New("needs an sslrootcert, the file with the certificate of the server's CA, for its sslmode: " +
				"the images contain no certificates")
		}
		d.CABundle, err = readCABundle(absolute(file, root))
	default:
		return errors.New("needs an sslmode, which is disable, require, verify-ca or verify-full")
	}
	return err
}

// sameServer reports whether both are on the same PostgreSQL server.
func (d *DSN) sameServer(other *DSN) bool { return d.Host == other.Host && d.Port == other.Port }
