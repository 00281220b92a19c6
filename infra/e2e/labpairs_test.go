//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/contract"
)

const (
	// settleTime is how long the state must stay the same. It is longer than a readiness probe takes to fail.
	settleTime = 15 * time.Second
	// settleTimeout limits the wait for a state. The slowest is a rolling update of three Pods whose database starts.
	settleTimeout = 2 * time.Minute
	// pollInterval is the time between two reads of the state.
	pollInterval = time.Second
)

// labPairs switches directly from each lab to each other one. The state must be the same as if the second lab were turned
// on alone.
func (s *scenario) labPairs(t *testing.T) {
	s.switchBetween(t, tour(contract.Labs()))
	s.setLab(t, "")
	s.run("git checkout --quiet Pulumi.dev.yaml")
}

func TestTheTourHoldsEachPairOfLabsOnce(t *testing.T) {
	labs := contract.Labs()
	path := tour(labs)
	count := map[[2]contract.Lab]int{}
	for i := range len(path) - 1 {
		count[[2]contract.Lab{path[i], path[i+1]}]++
	}
	if want := len(labs) * (len(labs) - 1); len(path) != want+1 || len(count) != want {
		t.Errorf("the tour has %d pairs, %d of them different, want %d", len(path)-1, len(count), want)
	}
	for pair := range count {
		if pair[0] == pair[1] {
			t.Errorf("the tour stays at %s", pair[0])
		}
	}
}

// tour returns a path through the labs that holds each ordered pair exactly once: an Eulerian path through the complete
// directed graph, found with Hierholzer's algorithm.
func tour(labs []contract.Lab) []contract.Lab {
	next := map[contract.Lab][]contract.Lab{}
	for _, from := range labs {
		next[from] = slices.DeleteFunc(slices.Clone(labs), func(to contract.Lab) bool { return to == from })
	}
	stack, path := labs[:1:1], []contract.Lab{}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		if left := next[at]; len(left) > 0 {
			next[at], stack = left[1:], append(stack, left[0])
		} else {
			path, stack = append(path, at), stack[:len(stack)-1]
		}
	}
	slices.Reverse(path)
	return path
}

// switchBetween turns on the labs of the path in order. After each switch it compares the state with the state of that
// lab alone.
func (s *scenario) switchBetween(t *testing.T, path []contract.Lab) {
	alone := map[contract.Lab][]string{}
	for _, lab := range path {
		if alone[lab] == nil {
			s.setLab(t, "")
			s.setLab(t, lab)
			alone[lab] = s.settle(t)
			t.Logf("%s alone:\n  %s", lab, strings.Join(alone[lab], "\n  "))
		}
	}
	s.setLab(t, "")
	s.setLab(t, path[0])
	for i, lab := range path[1:] {
		t.Run(fmt.Sprintf("%s to %s", path[i], lab), func(t *testing.T) {
			took := s.setLab(t, lab)
			began := time.Now()
			s.awaitState(t, alone[lab])
			t.Logf("pulumi up took %.1f s, and %s had its state %.1f s later", took.Seconds(), lab, time.Since(began).Seconds())
		})
	}
}

// setLab turns on a lab, or turns off the active one if lab is empty. It returns the duration of the update.
func (s *scenario) setLab(t *testing.T, lab contract.Lab) time.Duration {
	t.Helper()
	s.t = t
	began := time.Now()
	configure := "pulumi config set lab " + string(lab)
	if lab == "" {
		configure = "pulumi config rm lab"
	}
	s.run(configure + " && pulumi up --yes --skip-preview --suppress-outputs")
	return time.Since(began)
}

// settle waits until the state has not changed for settleTime, and returns it.
func (s *scenario) settle(t *testing.T) []string {
	t.Helper()
	began, since := time.Now(), time.Now()
	last := s.state(t)
	for time.Since(since) < settleTime {
		if time.Since(began) > settleTimeout {
			t.Fatalf("the state still changes after %s: %q", settleTimeout, last)
		}
		time.Sleep(pollInterval)
		if now := s.state(t); !slices.Equal(now, last) {
			last, since = now, time.Now()
		}
	}
	return last
}

// awaitState waits until the state is want. It fails the test after settleTimeout.
func (s *scenario) awaitState(t *testing.T, want []string) {
	t.Helper()
	began := time.Now()
	for {
		got := s.state(t)
		if slices.Equal(got, want) {
			return
		}
		if time.Since(began) > settleTimeout {
			t.Errorf("after %s, the state still differs:\n%s", settleTimeout, strings.Join(differing(want, got), "\n"))
			return
		}
		time.Sleep(pollInterval)
	}
}

// differing returns the lines that only one of the states has.
func differing(want, got []string) []string {
	var lines []string
	for _, line := range want {
		if !slices.Contains(got, line) {
			lines = append(lines, "want "+line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			lines = append(lines, "got  "+line)
		}
	}
	return lines
}

// state returns everything that a lab can change, one line each: the specs of the objects, the Pods with their template
// and readiness, and the calls as the map shows them.
func (s *scenario) state(t *testing.T) []string {
	t.Helper()
	s.t = t
	output, err := s.try("kubectl get deployments,statefulsets,services,networkpolicies,configmaps,pods --output json --namespace " + s.outputs.Namespace)
	if err != nil {
		t.Fatalf("read the objects: %v\n%s", err, output)
	}
	var list struct{ Items []object }
	if err := json.Unmarshal([]byte(output), &list); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, item := range list.Items {
		if item.Metadata.DeletionTimestamp == "" {
			lines = append(lines, item.line())
		} else {
			lines = append(lines, item.Kind+" "+item.Metadata.Labels["app.kubernetes.io/name"]+" is being deleted")
		}
	}
	slices.Sort(lines)
	return append(lines, s.calls(t)...)
}

type object struct {
	Kind     string
	Metadata struct {
		Name, DeletionTimestamp string
		Labels                  map[string]string
	}
	Spec   map[string]any
	Data   map[string]string
	Status struct {
		UpdatedReplicas, ReadyReplicas int
		Conditions                     []struct{ Type, Status string }
	}
}

// line describes the object without the addresses, ports and names that Kubernetes assigns.
func (o object) line() string {
	if o.Kind == "Pod" {
		ready := ""
		for _, condition := range o.Status.Conditions {
			if condition.Type == "Ready" {
				ready = condition.Status
			}
		}
		return fmt.Sprintf("Pod %s of template %s%s ready %s", o.Metadata.Labels["app.kubernetes.io/name"],
			o.Metadata.Labels["pod-template-hash"], o.Metadata.Labels["controller-revision-hash"], ready)
	}
	for _, assigned := range []string{"clusterIP", "clusterIPs", "healthCheckNodePort"} {
		delete(o.Spec, assigned)
	}
	if ports, ok := o.Spec["ports"].([]any); ok {
		for _, port := range ports {
			delete(port.(map[string]any), "nodePort")
		}
	}
	spec, _ := json.Marshal(o.Spec)
	return fmt.Sprintf("%s %s %s %v, %d Pods of the latest template, %d ready", o.Kind, o.Metadata.Name, spec, o.Data,
		o.Status.UpdatedReplicas, o.Status.ReadyReplicas)
}

// calls returns the arrows of the map. The explorer measures only while somebody reads it, so each read also keeps it
// measuring.
func (s *scenario) calls(t *testing.T) []string {
	t.Helper()
	_, content := send(t, http.MethodGet, s.outputs.ExplorerURL+"/topology.json", nil)
	var answer struct {
		Data struct {
			Calls []struct{ From, To, State, Cause string }
		}
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		t.Fatalf("%v in\n%s", err, content)
	}
	var lines []string
	for _, call := range answer.Data.Calls {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("call %s -> %s %s %s", call.From, call.To, call.State, call.Cause)))
	}
	slices.Sort(lines)
	return lines
}
