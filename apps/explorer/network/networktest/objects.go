package networktest

import (
	"reflect"
	"strconv"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

// object is the API server's own copy of an object.
type object interface {
	runtime.Object
	meta.Object
}

// event is a change of one object. Its resource version is its position in the history.
type event struct {
	resource string
	kind     watch.EventType
	object   object
}

// Set creates or replaces objects. Each must have a namespace.
func (a *API) Set(objects ...runtime.Object) {
	a.t.Helper()
	for _, each := range objects {
		resource, copied := a.identify(each)
		a.mutex.Lock()
		kind := watch.Added
		if _, there := a.objects[resource][key(copied)]; there {
			kind = watch.Modified
		}
		a.record(event{resource, kind, copied})
		a.mutex.Unlock()
	}
}

// Delete deletes objects, identified by kind, namespace and name.
func (a *API) Delete(objects ...runtime.Object) {
	a.t.Helper()
	for _, each := range objects {
		resource, copied := a.identify(each)
		a.mutex.Lock()
		if _, there := a.objects[resource][key(copied)]; !there {
			a.t.Errorf("there is no %s %s to delete", resource, key(copied))
		}
		a.record(event{resource, watch.Deleted, copied})
		a.mutex.Unlock()
	}
}

// record applies an event. The caller holds the mutex.
func (a *API) record(change event) {
	a.history = append(a.history, change)
	change.object.SetResourceVersion(strconv.Itoa(len(a.history)))
	if a.objects[change.resource] == nil {
		a.objects[change.resource] = map[string]object{}
	}
	if change.kind == watch.Deleted {
		delete(a.objects[change.resource], key(change.object))
	} else {
		a.objects[change.resource][key(change.object)] = change.object
	}
	close(a.news)
	a.news = make(chan struct{})
}

func key(of object) string { return of.GetNamespace() + "/" + of.GetName() }

// kinds holds the kind of the objects of each resource.
var kinds = map[string]meta.TypeMeta{
	"pods":            {APIVersion: "v1", Kind: "Pod"},
	"services":        {APIVersion: "v1", Kind: "Service"},
	"configmaps":      {APIVersion: "v1", Kind: "ConfigMap"},
	"deployments":     {APIVersion: "apps/v1", Kind: "Deployment"},
	"statefulsets":    {APIVersion: "apps/v1", Kind: "StatefulSet"},
	"endpointslices":  {APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"},
	"networkpolicies": {APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
}

// identify returns the resource of an object, and a copy with its kind, which every response must contain.
func (a *API) identify(of runtime.Object) (string, object) {
	a.t.Helper()
	name := reflect.TypeOf(of).Elem().Name()
	for resource, kind := range kinds {
		if kind.Kind == name {
			copied := of.DeepCopyObject().(object)
			copied.GetObjectKind().SetGroupVersionKind(schema.FromAPIVersionAndKind(kind.APIVersion, kind.Kind))
			return resource, copied
		}
	}
	a.t.Fatalf("networktest does not support the kind %s: add it to kinds", name)
	return "", nil
}
