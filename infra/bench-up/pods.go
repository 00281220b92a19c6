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

// pod contains the fields of a Pod that describe its start.
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

// podWatch records when each Pod reaches each step of its start. It watches the Pods, because the times in a Pod's
// status have a resolution of only 1 s.
type podWatch struct {
	kubectl *exec.Cmd
	stopped chan struct{}
	steps   map[string]time.Time // time of the last Pod of a component, by step
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

// read reads the output of kubectl until kubectl ends.
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

// steps returns the steps that the Pod has completed.
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

// stop ends the watch and returns the recorded events.
func (w *podWatch) stop() (events []event) {
	_ = w.kubectl.Process.Kill() // it does not end on its own
	<-w.stopped
	_ = w.kubectl.Wait()
	for _, what := range slices.Sorted(maps.Keys(w.steps)) {
		events = append(events, event{w.steps[what], what})
	}
	return events
}
