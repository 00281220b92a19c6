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

// DSN is a PostgreSQL database that the stack does not make: where it answers, and how to log in.
type DSN struct {
	// Host is an IPv4 address or a full DNS name; a Service of the same cluster is <service>.<namespace>.svc.
	Host           string
	Port           int
	Database, User string
	Password       Secret
	// SSLMode is PostgreSQL's: disable, require, verify-ca or verify-full.
	SSLMode string
	// Authorities are PEM certificates; verify-ca and verify-full accept a server whose certificate is signed by one of them.
	Authorities string
	// Sharing is how many of the stack's databases are on the same server, this one included.
	Sharing int
}

// dsnForm is what a DSN has to be.
const dsnForm = redact.DatabaseURL + ", with %40 %2F %3A %23 %3F %25 for the characters " +
	"@ / : # ? % in the password"

const postgresPort = 5432

// fullHostName is an RFC 1123 name of two labels or more, or an IPv4 address.
var fullHostName = regexp.MustCompile(`^([a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$`)

// numbers is what looks like an IPv4 address; as a host name it would be looked up in vain.
var numbers = regexp.MustCompile(`^[0-9.]+$`)

// parseDSN reads a PostgreSQL URL; see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS.
// The error says what is wrong, and shows no part of the text: where a password is not encoded as it has to be, any
// part may be a piece of it.
func parseDSN(text, root string) (DSN, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return DSN{}, errors.New("is no URL")
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
			return DSN{}, errors.New("has a port that is no number from 1 to 65535")
		}
	}
	return dsn, dsn.readParameters(parsed.RawQuery, root)
}

// checkHost refuses what a Pod in the cluster does not reach under this name, or what no network policy can open.
func checkHost(host string) error {
	if strings.Contains(host, ":") {
		return errors.New("has an IPv6 address, and the network policies open IPv4 only: give a DNS name or an IPv4 address")
	}
	address, err := netip.ParseAddr(host)
	switch {
	case host == "localhost", err == nil && (address.IsLoopback() || address.IsUnspecified()):
		return errors.New("has a host that is the Pod itself: give the name that leads to the database from inside of the cluster")
	case !fullHostName.MatchString(host), err != nil && numbers.MatchString(host):
		return errors.New("has no host with a full name, such as db.example.com, 192.0.2.7 or SERVICE.NAMESPACE.svc")
	}
	return nil
}

// readParameters reads what comes after the question mark.
func (d *DSN) readParameters(query, root string) error {
	parameters, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("has parameters that are not encoded as in a URL")
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
			return errors.New("has an sslrootcert, which only the sslmodes verify-ca and verify-full look at")
		}
	case "verify-ca", "verify-full":
		if file == "" || file == "system" {
			return errors.New("has no sslrootcert with the file of the server's certificate authority, which its sslmode needs: " +
				"the Pods have no system with certificates of its own")
		}
		d.Authorities, err = readAuthorities(absolute(file, root))
	default:
		return errors.New("has no sslmode that is disable, require, verify-ca or verify-full")
	}
	return err
}

// sameServer reports whether both are on the same PostgreSQL server.
func (d *DSN) sameServer(other *DSN) bool { return d.Host == other.Host && d.Port == other.Port }
