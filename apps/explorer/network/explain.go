package network

import (
	"errors"
	"fmt"
	"net"

	api "k8s.io/apimachinery/pkg/api/errors"

	"example.com/kubernetes-networking/apps/internal/failure"
)

// Unavailable is why the network could not be read, in one sentence for a person.
type Unavailable struct {
	Sentence string
	cause    error
}

func (u *Unavailable) Error() string { return u.Sentence }

func (u *Unavailable) Unwrap() error { return u.cause }

func (r *Reader) explain(resource string, err error) error {
	return &Unavailable{Sentence: r.sentence(resource, err), cause: err}
}

func (r *Reader) sentence(resource string, err error) string {
	var network net.Error
	switch {
	case api.IsForbidden(err):
		return fmt.Sprintf("The Kubernetes API does not let the explorer list %s in the namespace %s: give its service account a Role with the verb list for them.", resource, r.namespace)
	case api.IsUnauthorized(err):
		return "The Kubernetes API does not accept the explorer's service account token: delete the Pod, so that it gets a new one."
	case errors.As(err, &network):
		why := failure.Of(err)
		return fmt.Sprintf("The Kubernetes API at %s cannot be reached (%s): %s", r.host, why.Code, why.Detail)
	default:
		return fmt.Sprintf("The Kubernetes API did not list %s in the namespace %s: %v.", resource, r.namespace, err)
	}
}
