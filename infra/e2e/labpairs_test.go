//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/contract"
)

const (
	// settled is how long the demo stays the same before its state counts: longer than a readiness probe takes to fail.
	settled = 15 * time.Second
	// settling bounds the wait for a state; the slowest is a rolling update of three Pods behind a database that starts.
	settling = 2 * time.Minute
	// samePeriod is how often the state is read.
	samePeriod = time.Second
)

// pairs are the pairs of labs that make e2e switches between: those that change the same objects, or wait for each
// other's Pods.
func pairs() [][]contract.Lab {
	return [][]contract.Lab{
		{contract.DenyDNS, contract.DatabaseDown, contract.NoReadyEndpoints, contract.SlowPeer, contract.DatabaseDown},
		{contract.ServiceDeleted, contract.WrongSelector},
	}
}

// labPairs switches between labs without an end between. Each has to end in the state that it gives alone.
func (s *story) labPairs(t *testing.T) {
	s.switchBetween(t, pairs()...)
}

// TestEveryPairOfLabs takes 25 minutes. Set LAB_PAIRS=all to run it: make e2e-labs does.
func TestEveryPairOfLabs(t *testing.T) {
	if os.Getenv("LAB_PAIRS") != "all" {
		t.Skip("takes 25 minutes: make e2e-labs")
	}
	stopEarlierRun(t)
	s := &story{checkout: newCheckout(t)}
	s.t = t
	s.run("make up")
	s.outputs = s.checkout.outputs()
	s.switchBetween(t, tour(contract.Labs()))
	s.t = t
	s.run("make cluster-delete")
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

// tour is an Eulerian path through the complete directed graph of the labs, by Hierholzer's algorithm.
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

// switchBetween follows each path of labs, and compares the state after each pair with that of its second lab alone.
func (s *story) switchBetween(t *testing.T, paths ...[]contract.Lab) {
	alone := map[contract.Lab][]string{}
	for _, path := range paths {
		for _, lab := range path[1:] {
			if alone[lab] == nil {
				s.set(t, "")
				s.set(t, lab)
				alone[lab] = s.settle(t)
				t.Logf("%s alone:\n  %s", lab, strings.Join(alone[lab], "\n  "))
			}
		}
	}
	for _, path := range paths {
		s.set(t, "")
		s.set(t, path[0])
		for i, lab := range path[1:] {
			t.Run(fmt.Sprintf("%s to %s", path[i], lab), func(t *testing.T) {
				took := s.set(t, lab)
				began := time.Now()
				s.reach(t, alone[lab])
				t.Logf("pulumi up took %.1f s, and the state was that of %s alone %.1f s later", took.Seconds(), lab, time.Since(began).Seconds())
			})
		}
	}
	s.set(t, "")
}

// set makes the lab the active one; empty for none.
func (s *story) set(t *testing.T, lab contract.Lab) time.Duration {
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

// settle returns the state when it has not changed for a while.
func (s *story) settle(t *testing.T) []string {
	t.Helper()
	began, since := time.Now(), time.Now()
	last := s.state(t)
	for time.Since(since) < settled {
		if time.Since(began) > settling {
			t.Fatalf("the state still changes after %s: %q", settling, last)
		}
		time.Sleep(samePeriod)
		if now := s.state(t); !slices.Equal(now, last) {
			last, since = now, time.Now()
		}
	}
	return last
}

// reach returns when the state is the wanted one.
func (s *story) reach(t *testing.T, want []string) {
	t.Helper()
	began := time.Now()
	for {
		got := s.state(t)
		if slices.Equal(got, want) {
			return
		}
		if time.Since(began) > settling {
			t.Errorf("after %s the state still differs:\n%s", settling, strings.Join(differing(want, got), "\n"))
			return
		}
		time.Sleep(samePeriod)
	}
}

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

// state is what a lab changes, a line for each: the objects' specs, the Pods with their template and readiness, and the calls as
// the map shows them.
func (s *story) state(t *testing.T) []string {
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

// line is the object without what Kubernetes assigns anew to each: addresses, ports and names.
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

// calls are the arrows of the map. Reading /topology.json keeps the explorer measuring.
func (s *story) calls(t *testing.T) []string {
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
