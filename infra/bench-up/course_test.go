package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCourseIsReadFromTheTrace reads several exports, one on each line as pulumi writes them, and prints the sorted
// events.
func TestCourseIsReadFromTheTrace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.json")
	line := func(name, start, end, kind string) string {
		return `{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"` + name + `","startTimeUnixNano":"` + start +
			`","endTimeUnixNano":"` + end + `","attributes":[{"key":"kind","value":{"stringValue":"` + kind + `"}}]}]}]}]}` + "\n"
	}
	content := line("newPlugin", "10100000000", "10400000000", "language") +
		line("pulumirpc.ResourceMonitor/RegisterResource", "13000000000", "14000000000", "") +
		line("pulumirpc.ResourceMonitor/RegisterResource", "11500000000", "19000000000", "") +
		line("newPlugin", "11500000000", "12000000000", "resource") +
		line("pulumirpc.LanguageRuntime/Run", "10500000000", "19500000000", "")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	trace, err := readTrace(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	printCourse(&got, measurement{began: time.Unix(10, 0), took: 10 * time.Second, events: trace.events()})
	want := `    0.5  + 0.5  pulumi has found its plugins and starts the program
    1.5  + 1.0  the program is linked, has inspected the cluster, and declares resources
    2.0  + 0.5  the providers run
    3.0  + 1.0  all resources are declared
   10.0  + 7.0  pulumi has ended
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

func TestPodRunsWhenAllItsContainersRun(t *testing.T) {
	watch := &podWatch{stopped: make(chan struct{}), steps: map[string]time.Time{}}
	pod := func(name, conditions, containers string) string {
		return `{"metadata":{"name":"` + name + `","labels":{"app.kubernetes.io/component":"explorer"}},` +
			`"status":{"conditions":[` + conditions + `],"containerStatuses":[` + containers + `]}}` + "\n"
	}
	const scheduled, waiting, running = `{"type":"PodScheduled","status":"True"}`, `{"state":{"waiting":{}}}`, `{"state":{"running":{}}}`
	watch.read(strings.NewReader(pod("a", "", "") + pod("a", scheduled, "") + pod("a", scheduled, running+","+waiting) +
		pod("a", scheduled+`,{"type":"Ready","status":"False"}`, running+","+waiting)))
	if _, found := watch.steps["the last Pod of kind explorer is scheduled"]; !found || len(watch.steps) != 1 {
		t.Errorf("with one of two containers running: got %v, want only scheduled", watch.steps)
	}

	watch.stopped = make(chan struct{})
	watch.read(strings.NewReader(pod("a", scheduled+`,{"type":"Ready","status":"True"}`, running+","+running)))
	for _, step := range []string{"runs", "is ready"} {
		if _, found := watch.steps["the last Pod of kind explorer "+step]; !found {
			t.Errorf("the Pod is ready: got %v, want the step %q", watch.steps, step)
		}
	}
}

func TestTableShowsTheMedianRound(t *testing.T) {
	var rounds []round
	for _, seconds := range []time.Duration{9, 5, 7} {
		rounds = append(rounds, round{
			up: measurement{took: seconds * time.Second}, again: measurement{took: time.Second},
			pulls: []time.Duration{time.Second, 2 * time.Second},
		})
	}
	var got strings.Builder
	printRounds(&got, rounds)
	for _, want := range []string{
		"  pulumi up, from an empty namespace      7.0    5.0 to 9.0     30\n",
		"  pulumi up, nothing to change            1.0    1.0 to 1.0      4\n",
		"The node pulled 2 images, the slowest in 2.0 s.",
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("got\n%swant in it\n%s", got.String(), want)
		}
	}
}

func TestMeasuredCommandIsThatOfMakeUp(t *testing.T) {
	recipe, err := exec.CommandContext(t.Context(), "make", "--directory", "../..", "--dry-run", "deploy", "STACK=dev").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, recipe)
	}
	if command := "\npulumi " + strings.Join(update, " ") + "\n"; !strings.Contains(string(recipe), command) {
		t.Errorf("make deploy runs\n%s\nwant in it %q", recipe, command)
	}
}
