// Package syncqueue holds the queue of a controller: the names of API objects that must be synced. The load
// balancer, the volume expander and the controller of the nodes' addresses use it.
package syncqueue

import (
	"context"
	"time"

	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// Queue holds each name at most once, and never hands one name to two workers at a time.
type Queue struct {
	names workqueue.TypedRateLimitingInterface[cache.ObjectName]
}

// New returns an empty queue. It retries a failed sync after 100 ms, and then with growing delays of up to 10 s.
func New() *Queue { return NewWithDelays(100*time.Millisecond, 10*time.Second) }

// NewWithDelays returns an empty queue that retries a failed sync after the first delay. The delay doubles at each
// failure, up to the last.
func NewWithDelays(first, last time.Duration) *Queue {
	return &Queue{workqueue.NewTypedRateLimitingQueue(
		workqueue.NewTypedItemExponentialFailureRateLimiter[cache.ObjectName](first, last))}
}

// Add queues a name.
func (q *Queue) Add(name cache.ObjectName) { q.names.Add(name) }

// AddObject queues the name of an object as informers pass it to their handlers, deleted objects included.
func (q *Queue) AddObject(object any) {
	if name, err := cache.DeletionHandlingObjectToName(object); err == nil {
		q.names.Add(name)
	}
}

// Work calls sync for one name after the other until ctx ends. Several goroutines may work on one queue.
func (q *Queue) Work(ctx context.Context, sync func(context.Context, cache.ObjectName) error) {
	stop := context.AfterFunc(ctx, q.names.ShutDown)
	defer stop()
	for {
		name, shutdown := q.names.Get()
		if shutdown {
			return
		}
		if err := sync(ctx, name); err != nil {
			q.names.AddRateLimited(name)
		} else {
			q.names.Forget(name)
		}
		q.names.Done(name)
	}
}
