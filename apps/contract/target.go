package contract

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/kubernetes-networking/apps/contract/redact"
)

// hostName matches a DNS name: labels of letters, digits, hyphens and underscores, with an optional dot at the end.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$`)

// maxHostName is the longest DNS name in text form, RFC 1035 section 2.3.4.
const maxHostName = 253

// IsHostName reports whether name is a valid DNS name.
func IsHostName(name string) bool {
	return len(name) <= maxHostName && hostName.MatchString(name)
}

// Target is a port of a host and the protocol that is expected there. Probes measure it.
type Target struct {
	// Scheme is http, postgresql or tcp.
	Scheme string
	// Host is a DNS name or an address.
	Host string
	Port uint16
}

// String returns the URL.
func (t Target) String() string { return t.Scheme + "://" + t.Address() }

// Address returns host:port.
func (t Target) Address() string { return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port))) }

// ParseTarget parses a URL with a scheme, a host and a port only. The port is optional for http.
func ParseTarget(text string) (Target, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return Target{}, fmt.Errorf("%q is not a URL", redact.Value(text))
	}
	bare := url.URL{Scheme: parsed.Scheme, Host: parsed.Host}
	if strings.TrimSuffix(text, "/") != bare.String() || !isHost(parsed.Hostname()) ||
		!slices.Contains([]string{"http", "postgresql", "tcp"}, parsed.Scheme) {
		return Target{}, fmt.Errorf("%q must be http, postgresql or tcp with a host and a port, such as http://orders.shop.svc:80", redact.Value(text))
	}
	port := parsed.Port()
	if port == "" && parsed.Scheme == "http" && !strings.HasSuffix(parsed.Host, ":") {
		port = "80"
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return Target{}, fmt.Errorf("%q must have a port from 1 to 65535", redact.Value(text))
	}
	return Target{Scheme: parsed.Scheme, Host: parsed.Hostname(), Port: uint16(number)}, nil
}

// isHost accepts a DNS name or an address without a zone. Zones are only valid on one machine.
func isHost(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Zone() == "" || IsHostName(text)
}

// ParseTargets parses the URLs of an Allowlist, separated by commas.
func ParseTargets(text string) ([]Target, error) {
	var targets []Target
	for one := range strings.SplitSeq(text, ",") {
		target, err := ParseTarget(one)
		if err != nil {
			return nil, err
		}
		targets = append(targets, target)
	}
	return targets, nil
}
