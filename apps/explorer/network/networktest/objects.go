package networktest

import (
	"reflect"
	"strconv"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

// object is what the API server has, in a form that nobody else changes.
type object interface {
	runtime.Object
	meta.Object
}

// event is a change of one object, at a version that is its place in the history.
type event struct {
	resource string
	kind     watch.EventType
	object   object
}

// Set creates or replaces objects. All have to have a namespace.
func (a *API) Set(objects ...runtime.Object) {
	a.t.Helper()
	for _, each := range objects {
		resource, copied := a.identify(each)
		a.mutex.Lock()
		kind := watch.Added
		if _, there := a.objects[resource][key(copied)]; there {
			kind = watch.Modified
		}
		a.happened(event{resource, kind, copied})
		a.mutex.Unlock()
	}
}

// Delete deletes objects, of which the kind, the namespace and the name matter.
func (a *API) Delete(objects ...runtime.Object) {
	a.t.Helper()
	for _, each := range objects {
		resource, copied := a.identify(each)
		a.mutex.Lock()
		if _, there := a.objects[resource][key(copied)]; !there {
			a.t.Errorf("there is no %s %s to delete", resource, key(copied))
		}
		a.happened(event{resource, watch.Deleted, copied})
		a.mutex.Unlock()
	}
}

// happened has to be called with the mutex locked.
func (a *API) happened(change event) {
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

// kinds are those of the objects of each resource.
var kinds = map[string]meta.TypeMeta{
	"pods":            {APIVersion: "v1", Kind: "Pod"},
	"services":        {APIVersion: "v1", Kind: "Service"},
	"configmaps":      {APIVersion: "v1", Kind: "ConfigMap"},
	"deployments":     {APIVersion: "apps/v1", Kind: "Deployment"},
	"statefulsets":    {APIVersion: "apps/v1", Kind: "StatefulSet"},
	"endpointslices":  {APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"},
	"networkpolicies": {APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
}

// identify returns the resource that an object belongs to, and a copy that says its kind, as every answer has to.
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
	a.t.Fatalf("the API server of tests does not know the kind %s: add it", name)
	return "", nil
}
