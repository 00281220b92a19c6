package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	api "k8s.io/apimachinery/pkg/api/errors"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/prose"
)

// explain describes the current problem to a person, and how old the shown state is.
func explain(host, namespace string, troubles []trouble, asOf, now time.Time) string {
	first := worst(troubles)
	age := fmt.Sprintf("the Pods and Services shown are from %s UTC, %d s ago.", asOf.Format("15:04:05"),
		seconds(asOf, now))
	var network net.Error
	switch silent := first.err == nil || errors.As(first.err, &network); {
	case silent && first.arrived:
		return fmt.Sprintf("The Kubernetes API has not answered for %d s (%s): %s", seconds(asOf, now), first.why().Code, age)
	case first.err == nil:
		return fmt.Sprintf("The Kubernetes API at %s has not answered for %d s (%s): the Pods and Services are unknown.",
			host, seconds(first.since, now), first.why().Code)
	case silent:
		return fmt.Sprintf("The Kubernetes API at %s cannot be reached (%s): %s", host, first.why().Code, first.why().Detail)
	case first.arrived:
		return refusal(namespace, first, troubles) + " The page may be outdated: " + age
	default:
		return refusal(namespace, first, troubles)
	}
}

func seconds(from, to time.Time) int { return int(to.Sub(from).Seconds()) }

// why returns the failure of a request without an answer.
func (t trouble) why() failure.Failure {
	if t.err == nil {
		return failure.Of(context.DeadlineExceeded)
	}
	return failure.Of(t.err)
}

// worst returns the trouble to report: resources that were never read come before outdated ones.
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
		return fmt.Sprintf("The Kubernetes API does not allow the explorer to %s %s in the namespace %s: give its service "+
			"account a Role with the verbs list and watch for them.", first.verb, prose.List(names), namespace)
	case api.IsUnauthorized(first.err):
		return "The Kubernetes API does not accept the token of the explorer's service account: delete the Pod, so that " +
			"it gets a new token."
	default:
		return fmt.Sprintf("The Kubernetes API did not %s %s in the namespace %s: %s.",
			first.verb, first.resource, namespace, strings.TrimSuffix(first.err.Error(), "."))
	}
}
