package rollout

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type kind int

const (
	statefulSets kind = iota
	deployments
	loadBalancers
)

// workload is a Deployment, a StatefulSet or a Service of type LoadBalancer of the update.
type workload struct {
	kind     kind
	name     string
	resource pulumi.CustomResource

	then    func() error // declares what needs the Pods; nil for nothing, and once it was called
	hasPods bool

	resolve func(any) // sets the output of the address; nil for other kinds, and once it was called
	address string    // of a load balancer; empty until it has one

	problem problem   // the current one
	since   time.Time // when the workload got this kind of problem
	shown   string    // the text that the engine shows
}

// proceed calls then or resolve, each of them once.
func (w *workload) proceed() error {
	w.resolveAddress()
	then := w.then
	w.then = nil
	if then == nil {
		return nil
	}
	return then()
}

func (w *workload) resolveAddress() {
	if w.resolve != nil {
		w.resolve(w.address)
		w.resolve = nil
	}
}

// set sets the workload's current problem.
func (w *workload) set(p problem, now time.Time) {
	if p.kind != w.problem.kind {
		w.since = now
	}
	w.problem = p
}

// failed reports whether the problem has lasted too long.
func (w *workload) failed(now time.Time) bool {
	return w.problem.kind != "" && now.Sub(w.since) >= w.problem.passes
}

// failure returns the error of a workload that has failed.
func (w *workload) failure(namespace string) error {
	remedy := fmt.Sprintf("kubectl --namespace %s %s", namespace, w.problem.remedy)
	switch {
	case w.problem.remedy == "":
		return fmt.Errorf("%s does not come up: %s", w.name, w.problem.text)
	case w.problem.kind == unserved:
		remedy = w.problem.remedy
	case w.problem.kind == pull && w.kind == statefulSets:
		remedy = "databaseImage names the image"
	}
	return fmt.Errorf("%s does not come up: %s (%s)", w.name, w.problem.text, remedy)
}

// shownAfter is how long a problem lasts before the engine shows it. Most problems disappear sooner.
const shownAfter = 5 * time.Second

// show makes the engine show the workload's problem, or nothing once it is ready.
func (w *workload) show(ctx *pulumi.Context, now time.Time) {
	text := w.problem.text
	if now.Sub(w.since) < shownAfter {
		text = ""
	}
	if text != w.shown {
		w.shown = text
		_ = ctx.Log.Info(text, &pulumi.LogArgs{Resource: w.resource, Ephemeral: true}) // progress is not essential
	}
}
