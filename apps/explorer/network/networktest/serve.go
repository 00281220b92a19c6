package networktest

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"
)

// paths matches the path of a resource. Its groups are the namespace and the name of the resource.
var paths = regexp.MustCompile(`^(?:/api/v1|/apis/[^/]+/v1)/namespaces/([^/]+)/([^/]+)$`)

// request selects the objects to list or watch.
type request struct {
	namespace, resource string
	selector            labels.Selector
	name                fields.Selector
}

func (r request) matches(of object) bool {
	return of.GetNamespace() == r.namespace && r.selector.Matches(labels.Set(of.GetLabels())) &&
		r.name.Matches(fields.Set{"metadata.name": of.GetName()})
}

// serve answers lists and watches.
//
// https://kubernetes.io/docs/reference/using-api/api-concepts/
func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	path := paths.FindStringSubmatch(r.URL.Path)
	selector, err1 := labels.Parse(query.Get("labelSelector"))
	name, err2 := fields.ParseSelector(query.Get("fieldSelector"))
	if path == nil || err1 != nil || err2 != nil {
		a.t.Errorf("unexpected request: %s", r.URL.RequestURI())
		w.WriteHeader(http.StatusNotFound)
		return
	}
	req := request{namespace: path[1], resource: path[2], selector: selector, name: name}
	verb := "list"
	if query.Get("watch") != "" {
		verb = "watch"
	}
	a.mutex.Lock()
	refused, isRefused := a.refused[verb+" "+req.resource]
	if a.old && query.Has("sendInitialEvents") {
		refused, isRefused = refusal(http.StatusUnprocessableEntity, meta.StatusReasonInvalid), true
	}
	ended, hung := a.broken, a.hung
	a.mutex.Unlock()
	if hung != nil {
		select {
		case <-hung:
		case <-r.Context().Done():
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case isRefused:
		w.WriteHeader(int(refused.Code))
		_ = json.NewEncoder(w).Encode(refused)
	case verb == "list":
		a.list(w, req)
	default:
		a.watch(w, r, req, ended)
	}
}

func (a *API) list(w http.ResponseWriter, req request) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	items := []object{}
	for _, each := range a.objects[req.resource] {
		if req.matches(each) {
			items = append(items, each)
		}
	}
	kind := kinds[req.resource]
	kind.Kind += "List"
	_ = json.NewEncoder(w).Encode(struct {
		meta.TypeMeta
		Metadata meta.ListMeta `json:"metadata"`
		Items    []object      `json:"items"`
	}{kind, meta.ListMeta{ResourceVersion: strconv.Itoa(len(a.history))}, items})
}

// watch sends the events after the requested version. If the client requests initial events, it sends the existing
// objects first.
func (a *API) watch(w http.ResponseWriter, r *http.Request, req request, ended context.Context) {
	send := func(kind watch.EventType, of any) {
		_ = json.NewEncoder(w).Encode(map[string]any{"type": kind, "object": of})
	}
	a.mutex.Lock()
	seen, _ := strconv.Atoi(r.URL.Query().Get("resourceVersion"))
	if r.URL.Query().Get("sendInitialEvents") == "true" {
		seen = len(a.history)
		for _, each := range a.objects[req.resource] {
			if req.matches(each) {
				send(watch.Added, each)
			}
		}
		send(watch.Bookmark, bookmark(req.resource, seen))
	}
	for {
		for ; seen < len(a.history); seen++ {
			change := a.history[seen]
			switch {
			case change.resource != req.resource || change.object.GetNamespace() != req.namespace:
			case !req.matches(change.object):
				send(watch.Deleted, change.object) // it may have matched before
			default:
				send(change.kind, change.object)
			}
		}
		news := a.news
		a.mutex.Unlock()
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-ended.Done():
			return
		case <-news:
		}
		a.mutex.Lock()
	}
}

// bookmark returns the event that marks the end of the initial events. It has the kind of the watched objects.
func bookmark(resource string, version int) any {
	return meta.PartialObjectMetadata{TypeMeta: kinds[resource], ObjectMeta: meta.ObjectMeta{
		ResourceVersion: strconv.Itoa(version), Annotations: map[string]string{meta.InitialEventsAnnotationKey: "true"},
	}}
}
