package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"time"
)

// pod is what Kubernetes says of a Pod, as far as its start is concerned.
type pod struct {
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	Status struct {
		Conditions        []struct{ Type, Status string }
		ContainerStatuses []struct {
			State struct{ Running *struct{} }
		}
	}
}

const componentLabel = "app.kubernetes.io/component"

// podWatch notes when each Pod reaches each step of its start. It looks while that happens, because the times in a
// Pod's status are whole seconds.
type podWatch struct {
	kubectl *exec.Cmd
	stopped chan struct{}
	steps   map[string]time.Time // the last Pod of a component to take a step, by what the step is
}

func watchPods(ctx context.Context, s *stack) (*podWatch, error) {
	w := &podWatch{
		kubectl: s.command(ctx, "kubectl", "get", "pods", "--namespace", namespace, "--watch", "--output", "json"),
		stopped: make(chan struct{}), steps: map[string]time.Time{},
	}
	output, err := w.kubectl.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := w.kubectl.Start(); err != nil {
		return nil, fmt.Errorf("watch the Pods: %w", err)
	}
	go w.read(output)
	return w, nil
}

// read ends when kubectl does.
func (w *podWatch) read(output io.Reader) {
	defer close(w.stopped)
	seen := map[string]bool{}
	for decoder := json.NewDecoder(output); ; {
		var p pod
		if err := decoder.Decode(&p); err != nil {
			return
		}
		for _, step := range p.steps() {
			if key := p.Metadata.Name + step; !seen[key] {
				seen[key] = true
				w.steps["the last Pod of kind "+p.Metadata.Labels[componentLabel]+" "+step] = time.Now()
			}
		}
	}
}

// steps are those that the Pod has taken.
func (p pod) steps() (taken []string) {
	is := map[string]bool{}
	for _, condition := range p.Status.Conditions {
		is[condition.Type] = condition.Status == "True"
	}
	if is["PodScheduled"] {
		taken = append(taken, "is scheduled")
	}
	running := len(p.Status.ContainerStatuses) > 0
	for _, container := range p.Status.ContainerStatuses {
		running = running && container.State.Running != nil
	}
	if running {
		taken = append(taken, "runs")
	}
	if is["Ready"] {
		taken = append(taken, "is ready")
	}
	return taken
}

// stop ends the watch and returns what it has seen.
func (w *podWatch) stop() (events []event) {
	_ = w.kubectl.Process.Kill() // it would go on for ever
	<-w.stopped
	_ = w.kubectl.Wait()
	for _, what := range slices.Sorted(maps.Keys(w.steps)) {
		events = append(events, event{w.steps[what], what})
	}
	return events
}
