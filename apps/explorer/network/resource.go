package network

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	failed "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	netutil "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// retryAfter is the pause before a broken watch is retried, plus up to half of it so that the watches do not retry in
// step. client-go's own backoff grows to a minute, too long for a live page.
const retryAfter = time.Second

// resource is a list of objects, and the watch that keeps it up to date.
type resource struct {
	cache.Store // of trimmed objects

	name    string
	trim    cache.TransformFunc
	arrived atomic.Bool // whether the list has been read once
	streams bool        // whether the watch starts with the list; used only by client-go's goroutine
	state   state
	changed func()

	reflector *cache.Reflector
}

// kind describes the objects of a resource.
type kind struct {
	name     string
	group    schema.GroupVersion
	selector string
	example  runtime.Object
	trim     cache.TransformFunc
	object   string // the name of a single object; empty for all
}

func newResource(from rest.Interface, namespace string, of kind, changed func()) *resource {
	r := &resource{
		Store: cache.NewStore(cache.MetaNamespaceKeyFunc, cache.WithTransformer(of.trim)),
		name:  of.name, trim: of.trim, changed: changed,
	}
	request := func(options meta.ListOptions) *rest.Request {
		options.LabelSelector = of.selector
		if of.object != "" {
			options.FieldSelector = fields.OneTermEqualSelector("metadata.name", of.object).String()
		}
		return from.Get().Namespace(namespace).Resource(of.name).VersionedParams(&options, runtime.NewParameterCodec(types))
	}
	r.reflector = cache.NewReflectorWithOptions(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options meta.ListOptions) (runtime.Object, error) {
			r.state.started()
			list, err := request(options).Do(ctx).Get()
			return list, r.recordError(ctx, "list", err)
		},
		WatchFuncWithContext: func(ctx context.Context, options meta.ListOptions) (watch.Interface, error) {
			r.state.started()
			options.Watch = true
			events, err := request(options).Watch(ctx)
			r.streams = err == nil && options.SendInitialEvents != nil
			if err == nil && !r.streams {
				r.opened()
			}
			return events, r.recordError(ctx, "watch", err)
		},
	}, of.example, r, cache.ReflectorOptions{Name: of.name})
	return r
}

// recordError records an error and returns it. It ignores errors after which client-go sends another request at once:
// it lists again if the server no longer has the resource version, and lists first if the server cannot start a watch
// with a list.
func (r *resource) recordError(ctx context.Context, verb string, err error) error {
	if err == nil || ctx.Err() != nil || failed.IsResourceExpired(err) || failed.IsGone(err) || failed.IsInvalid(err) {
		return err
	}
	r.state.failed(verb, err)
	r.changed()
	if netutil.IsConnectionRefused(err) || failed.IsTooManyRequests(err) {
		return errors.New(err.Error()) // not wrapped, because client-go would recognize it and apply its own backoff
	}
	return err
}

// run lists and watches until ctx ends.
func (r *resource) run(ctx context.Context) {
	wait.JitterUntilWithContext(ctx, func(ctx context.Context) {
		_ = r.reflector.ListAndWatchWithContext(ctx) // recordError has recorded the error
	}, retryAfter, 0.5, true)
}

// Transformer makes client-go trim each object on arrival, not the whole list at the end.
func (r *resource) Transformer() cache.TransformFunc { return r.trim }

// Add stores a new object.
func (r *resource) Add(object any) error {
	defer r.changed()
	return r.Store.Add(object)
}

// Update replaces an object.
func (r *resource) Update(object any) error {
	defer r.changed()
	return r.Store.Update(object)
}

// Delete removes an object.
func (r *resource) Delete(object any) error {
	defer r.changed()
	return r.Store.Delete(object)
}

// Replace replaces all objects when a list arrives.
func (r *resource) Replace(objects []any, version string) error {
	defer r.changed()
	err := r.Store.Replace(objects, version)
	r.arrived.Store(true)
	if r.streams {
		r.opened()
	}
	return err
}

// opened records that a watch is open, and that no stored object is older than it.
func (r *resource) opened() {
	r.state.opened()
	r.changed() // the problem is over
}

// all returns the objects of a resource.
func all[Object any](from *resource) []*Object {
	var objects []*Object
	for _, object := range from.List() {
		objects = append(objects, object.(*Object)) // client-go stores only objects of the example's type
	}
	return objects
}
