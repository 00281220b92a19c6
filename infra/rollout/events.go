package rollout

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"example.com/kubernetes-networking/infra/api"
)

// warning returns the message of the latest warning about an object; empty for none.
func (o *observer) warning(ctx context.Context, uid string) (string, error) {
	events, err := o.events(ctx, uid)
	message := ""
	for _, e := range events {
		if e.Type == "Warning" {
			message = line(e.Message)
		}
	}
	return message, err
}

// events returns the events about an object, the latest last. It returns none if the user may not read events, which
// only explain problems.
func (o *observer) events(ctx context.Context, uid string) ([]event, error) {
	var found list[event]
	query := url.Values{"fieldSelector": {"involvedObject.uid=" + uid}}
	err := o.cluster.Get(ctx, o.path("api/v1", "events", query), &found)
	if errors.Is(err, api.ErrForbidden) {
		return nil, nil
	}
	slices.SortStableFunc(found.Items, func(a, b event) int { return strings.Compare(a.LastTimestamp, b.LastTimestamp) })
	return found.Items, err
}
