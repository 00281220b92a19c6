package rollout

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The time limits of problems that may disappear by themselves.
const (
	// retried is for what the kubelet and the controllers retry, such as a pull from a busy registry, or a Pod that waits
	// for a node to become ready.
	retried = 30 * time.Second
	// created is for what depends on objects that are created at the same time, such as the ServiceAccount of a new
	// namespace.
	created = 10 * time.Second
	// started is for a Pod that runs. It is longer than its startup probe.
	started = 2 * time.Minute
	// addressed is for a load balancer that a cloud provider creates.
	addressed = 2 * time.Minute
)

// problem is the reason why a workload does not come up; the zero problem is none.
type problem struct {
	kind   string
	text   string        // in one line
	remedy string        // the kubectl command that shows more; empty for none
	passes time.Duration // how long the problem may last before the workload counts as failed
}

// The kinds of problems. A workload fails when it has had a problem of one kind for too long.
const (
	unscheduled = "unscheduled"
	pull        = "pull"
	create      = "create"
	crash       = "crash"
	unready     = "unready"
	refused     = "refused"
	outdated    = "outdated"
	unaddressed = "unaddressed"
	unserved    = "unserved"
)

// pulls are the reasons of a container without an image.
var pulls = []string{
	"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
	"RegistryUnavailable", "SignatureValidationFailed",
}

// permanent matches the messages of pulls that a retry does not help.
var permanent = regexp.MustCompile(`(?i)not found|manifest unknown|name unknown|` +
	`denied|unauthorized|forbidden|authentication required|` +
	`invalid reference|couldn't parse|no match for platform|not present with pull policy|no such host|` +
	`server gave HTTP response to HTTPS client|certificate`)

// ofPod returns the problem in the status of a Pod, or false for none.
func ofPod(p pod) (problem, bool) {
	name := p.Metadata.Name
	if p.Spec.NodeName == "" {
		text := "Pod " + name + " is not scheduled"
		if scheduled, found := conditionOf(p.Status.Conditions, "PodScheduled"); found {
			text += ": " + line(scheduled.Message)
		}
		return problem{unscheduled, text, "describe pod " + name, retried}, true
	}
	runs := false
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		if found, is := ofContainer(name, c); is {
			return found, true
		}
		runs = runs || c.State.Running != nil && !c.Ready
	}
	return problem{unready, "Pod " + name + " runs and is not ready", "logs " + name, started}, runs
}

func ofContainer(pod string, c container) (problem, bool) {
	waiting := c.State.Waiting
	if waiting == nil {
		return problem{}, false
	}
	describe := "describe pod " + pod
	switch {
	case slices.Contains(pulls, waiting.Reason):
		text := fmt.Sprintf("Pod %s cannot pull the image %s: %s", pod, c.Image, cause(waiting.Message, waiting.Reason))
		if waiting.Reason == "InvalidImageName" || waiting.Reason == "ErrImageNeverPull" ||
			permanent.MatchString(waiting.Message) {
			return problem{pull, text, describe, 0}, true
		}
		return problem{pull, text, describe, retried}, true
	case waiting.Reason == "CrashLoopBackOff":
		text := fmt.Sprintf("container %s of Pod %s ends%s", c.Name, pod, exit(c))
		return problem{crash, text, "logs " + pod + " --previous", 0}, true
	case waiting.Reason == "ContainerCreating" || waiting.Reason == "PodInitializing":
		return problem{}, false
	}
	text := fmt.Sprintf("container %s of Pod %s cannot be started: %s",
		c.Name, pod, cause(waiting.Message, waiting.Reason))
	return problem{create, text, describe, created}, true
}

// exit returns how the container ended last.
func exit(c container) string {
	last := c.LastState.Terminated
	if last == nil {
		return ""
	}
	text := fmt.Sprintf(" with exit code %d", last.ExitCode)
	if last.Reason != "" && last.Reason != "Error" {
		text += " (" + last.Reason + ")"
	}
	lines := strings.Split(strings.TrimSpace(last.Message), "\n")
	if message := line(lines[len(lines)-1]); message != "" {
		text += ": " + message
	}
	return text
}

// cause returns the last part of a message of the container runtime, which repeats the image's name in each part before
// it.
func cause(message, reason string) string {
	if at := strings.LastIndex(message, "desc = "); at >= 0 {
		message = message[at+len("desc = "):]
	}
	if message = line(message); message == "" {
		return reason
	}
	return message
}

// maxLine limits the messages that are quoted, in bytes.
const maxLine = 300

// line returns the text in one line.
func line(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + "…"
	}
	return text
}
