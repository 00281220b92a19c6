//go:build e2e

package kubectl

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// job returns a Job, in YAML. spec is its specification without the Pod template.
func job(name, spec, script string) string {
	return fmt.Sprintf(`{apiVersion: batch/v1, kind: Job, metadata: {name: %s}, spec: {%s, template: {spec: {restartPolicy: Never, containers: [%s]}}}}`,
		name, spec, container("main", script))
}

func TestJobRunsToItsCompletions(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, job("three", "completions: 3, parallelism: 2, completionMode: Indexed", "echo index $JOB_COMPLETION_INDEX"))
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=condition=Complete", "job/three", "--timeout=60s")
	got := strings.Fields(strings.ReplaceAll(clustertest.Kubectl(t, "logs", "--namespace", ns, "--selector=job-name=three"), "index ", ""))
	slices.Sort(got)
	equal(t, "the indexes that ran", strings.Join(got, " "), "0 1 2")
	equal(t, "the number of Pods that succeeded", clustertest.Kubectl(t, "get", "job", "three", "--namespace", ns, "--output=jsonpath={.status.succeeded}"), "3")
}

func TestFailingJobStopsAtItsBackoffLimit(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, job("never", "backoffLimit: 0", "exit 1"))
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=condition=Failed", "job/never", "--timeout=60s")
	equal(t, "the number of failures and the reason", clustertest.Kubectl(t, "get", "job", "never", "--namespace", ns, `--output=jsonpath={.status.failed} {.status.conditions[?(@.type=="Failed")].reason}`),
		"1 BackoffLimitExceeded")
}

func TestFinishedJobIsDeletedAfterItsTTL(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, job("short", "ttlSecondsAfterFinished: 1", "true"))
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=delete", "job/short", "--timeout=60s")
	clustertest.Await(t, "the end of its Pod", func() error {
		if pods := clustertest.Kubectl(t, "get", "pods", "--namespace", ns, "--output=name"); pods != "" {
			return fmt.Errorf("%s still exist", pods)
		}
		return nil
	})
}

func TestJobIsCreatedFromACronJob(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	clustertest.Kubectl(t, "create", "cronjob", "report", "--namespace", ns, "--image="+clustertest.Busybox, "--schedule=0 3 1 1 *", "--", "echo", "ran")
	clustertest.Kubectl(t, "create", "job", "now", "--namespace", ns, "--from=cronjob/report")
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=condition=Complete", "job/now", "--timeout=60s")
	equal(t, "its log", clustertest.Kubectl(t, "logs", "--namespace", ns, "job/now"), "ran")
}

// A wait for the next full hour would take too long. The test sets the last run to two days ago, so that the CronJob
// has missed a run and starts it at once.
func TestCronJobRunsBySchedule(t *testing.T) {
	t.Parallel()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	ns := clustertest.Namespace(t)
	now := time.Now().In(rome)
	// The next run and the previous run are twelve hours away.
	schedule := fmt.Sprintf("0 %d * * *", (now.Hour()+12)%24)
	clustertest.Apply(t, ns, fmt.Sprintf(`{apiVersion: batch/v1, kind: CronJob, metadata: {name: daily}, spec: {schedule: %q, timeZone: Europe/Rome, suspend: true,
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [%s]}}}}}}`, schedule, container("main", "echo ran")))
	clustertest.Kubectl(t, "patch", "cronjob", "daily", "--namespace", ns, "--subresource=status", "--type=merge",
		"--patch", fmt.Sprintf(`{"status": {"lastScheduleTime": %q}}`, now.Add(-48*time.Hour).UTC().Format(time.RFC3339)))
	clustertest.Kubectl(t, "patch", "cronjob", "daily", "--namespace", ns, "--type=merge", "--patch", `{"spec": {"suspend": false}}`)
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=create", "job", "--selector=!never", "--timeout=60s")
	last := now.Add(-12 * time.Hour)
	want := time.Date(last.Year(), last.Month(), last.Day(), last.Hour(), 0, 0, 0, rome)
	got, err := time.Parse(time.RFC3339, clustertest.Kubectl(t, "get", "jobs", "--namespace", ns,
		`--output=jsonpath={.items[0].metadata.annotations.batch\.kubernetes\.io/cronjob-scheduled-timestamp}`))
	if err != nil || !got.Equal(want) {
		t.Errorf("the Job is for %s, %v, want %s", got, err, want)
	}
	equal(t, "the time of the last schedule", clustertest.Kubectl(t, "get", "cronjob", "daily", "--namespace", ns, "--output=jsonpath={.status.lastScheduleTime}"),
		want.UTC().Format(time.RFC3339))
}
