package network

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	api "k8s.io/apimachinery/pkg/api/errors"

	"example.com/kubernetes-networking/apps/internal/failure"
)

// explain says in sentences for a person what is wrong, and how old the picture is if it is there at all.
func explain(host, namespace string, troubles []trouble, now time.Time) string {
	first := worst(troubles)
	since := slices.MinFunc(troubles, func(a, b trouble) int { return a.since.Compare(b.since) }).since
	from := "what you see is from " + since.UTC().Format("15:04:05") + " UTC."
	var network net.Error
	switch {
	case first.err == nil || errors.As(first.err, &network):
		why := failure.Failure{Code: failure.Timeout}
		if first.err != nil {
			why = failure.Of(first.err)
		}
		if first.arrived || first.err == nil {
			sentence := fmt.Sprintf("The Kubernetes API has not answered for %d s (%s)", int(now.Sub(since).Seconds()), why.Code)
			if !first.arrived {
				return sentence + ": nothing is known yet."
			}
			return sentence + ": " + from
		}
		return fmt.Sprintf("The Kubernetes API at %s cannot be reached (%s): %s", host, why.Code, why.Detail)
	case first.arrived:
		return refusal(namespace, first, troubles) + " W" + from[1:]
	default:
		return refusal(namespace, first, troubles)
	}
}

// worst is the trouble to tell of: what has never been read comes before what is old.
func worst(troubles []trouble) trouble {
	if at := slices.IndexFunc(troubles, func(one trouble) bool { return !one.arrived }); at >= 0 {
		return troubles[at]
	}
	return troubles[0]
}

// refusal explains an answer of the API server.
func refusal(namespace string, first trouble, troubles []trouble) string {
	switch {
	case api.IsForbidden(first.err):
		var names []string
		for _, one := range troubles {
			if api.IsForbidden(one.err) && one.verb == first.verb {
				names = append(names, one.resource)
			}
		}
		return fmt.Sprintf("The Kubernetes API does not let the explorer %s %s in the namespace %s: give its service account a "+
			"Role with the verbs list and watch for them.", first.verb, enumerate(names), namespace)
	case api.IsUnauthorized(first.err):
		return "The Kubernetes API does not accept the explorer's service account token: delete the Pod, so that it gets a new one."
	default:
		return fmt.Sprintf("The Kubernetes API did not %s %s in the namespace %s: %s.",
			first.verb, first.resource, namespace, strings.TrimSuffix(first.err.Error(), "."))
	}
}

// enumerate is "pods, services and deployments".
func enumerate(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
