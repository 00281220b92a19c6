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

// again is how long a watch that broke waits before the next try, and half of it more so that the watches do not try in
// step. client-go's own pause grows to a minute, too long for somebody who looks at the page.
const again = time.Second

// resource is one of the lists that the picture is made of, and the watch that keeps it up to date.
type resource struct {
	cache.Store // of objects that are trimmed

	name    string
	trim    cache.TransformFunc
	arrived atomic.Bool // whether the list has been read once
	streams bool        // whether the watch starts with the list, which only client-go's one goroutine asks
	state   state
	changed func()

	reflector *cache.Reflector
}

// kind says what a resource is a list of.
type kind struct {
	name     string
	group    schema.GroupVersion
	selector string
	example  runtime.Object
	trim     cache.TransformFunc
	object   string // the name of the only one; empty for all
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
			r.state.asks()
			list, err := request(options).Do(ctx).Get()
			return list, r.told(ctx, "list", err)
		},
		WatchFuncWithContext: func(ctx context.Context, options meta.ListOptions) (watch.Interface, error) {
			r.state.asks()
			options.Watch = true
			events, err := request(options).Watch(ctx)
			r.streams = err == nil && options.SendInitialEvents != nil
			if err == nil && !r.streams {
				r.opened()
			}
			return events, r.told(ctx, "watch", err)
		},
	}, of.example, r, cache.ReflectorOptions{Name: of.name})
	return r
}

// told remembers an error, unless client-go is about to ask in another way: it starts over where the server has
// forgotten the version that it saw, and lists first where the server cannot send a list as the start of a watch.
func (r *resource) told(ctx context.Context, verb string, err error) error {
	if err == nil || ctx.Err() != nil || failed.IsResourceExpired(err) || failed.IsGone(err) || failed.IsInvalid(err) {
		return err
	}
	r.state.failed(verb, err)
	r.changed()
	if netutil.IsConnectionRefused(err) || failed.IsTooManyRequests(err) {
		return errors.New(err.Error()) // not wrapped: client-go would know it, and try again in its own time
	}
	return err
}

// run lists and watches until ctx ends.
func (r *resource) run(ctx context.Context) {
	wait.JitterUntilWithContext(ctx, func(ctx context.Context) {
		_ = r.reflector.ListAndWatchWithContext(ctx) // the state has it already
	}, again, 0.5, true)
}

// Transformer makes client-go trim objects as they arrive, not when all have.
func (r *resource) Transformer() cache.TransformFunc { return r.trim }

// Add keeps a new object.
func (r *resource) Add(object any) error {
	defer r.changed()
	return r.Store.Add(object)
}

// Update keeps the new form of an object.
func (r *resource) Update(object any) error {
	defer r.changed()
	return r.Store.Update(object)
}

// Delete forgets an object.
func (r *resource) Delete(object any) error {
	defer r.changed()
	return r.Store.Delete(object)
}

// Replace keeps these objects and no other: the list has arrived.
func (r *resource) Replace(objects []any, version string) error {
	defer r.changed()
	err := r.Store.Replace(objects, version)
	r.arrived.Store(true)
	if r.streams {
		r.opened()
	}
	return err
}

// opened is called when a watch is open and nothing that is kept is older than it.
func (r *resource) opened() {
	r.state.opened()
	r.changed() // what was wrong is not any more
}

// all are the objects of a resource.
func all[Object any](from *resource) []*Object {
	var objects []*Object
	for _, object := range from.List() {
		objects = append(objects, object.(*Object)) // client-go keeps nothing but what the example is
	}
	return objects
}
