package service

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"time"

	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// measureTimeout is for one measurement, below the time-out of who asks.
const measureTimeout = 2 * time.Second

// hostName is a DNS name: labels of letters, digits, hyphens and underscores, the root's dot at the end or not.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\.?$`)

// maxHostName is the longest DNS name in text form, RFC 1035 section 2.3.4.
const maxHostName = 253

// Resolution is what a name meant, and how long it took to find out.
type Resolution struct {
	Name         string           `json:"name"`
	Addresses    []netip.Addr     `json:"addresses"`
	Milliseconds float64          `json:"milliseconds"`
	Failure      *failure.Failure `json:"failure,omitempty"`
}

// resolve looks a name up as every program in the Pod does, with the search list of the Pod's /etc/resolv.conf.
// A name that has no address is a result, not an error.
func resolve(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	if !isHostName(name) {
		problem.Write(w, r, problem.Invalid(problem.Field{Name: "name", Detail: "It has to be a host name, such as clients or clients.demo.svc."}))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), measureTimeout)
	defer cancel()
	result := Resolution{Name: name, Addresses: []netip.Addr{}}
	start := time.Now()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	result.Milliseconds = milliseconds(start)
	if err != nil {
		why := failure.Of(err)
		result.Failure = &why
	}
	for _, address := range addresses {
		result.Addresses = append(result.Addresses, address.Unmap())
	}
	answer(w, result)
}

func isHostName(name string) bool {
	return len(name) <= maxHostName && hostName.MatchString(name)
}
