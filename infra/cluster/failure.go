package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// describeFailures returns one line for each component that keeps ending: why it ends, and what to do.
func describeFailures(root layout.Root, failing []supervisor.ComponentStatus) string {
	var lines []string
	for _, c := range failing {
		path := root.ComponentLog(c.Name)
		log, err := os.ReadFile(path)
		reason := lastError(log)
		if err != nil || reason == "" {
			reason = c.LastExit
		}
		line := fmt.Sprintf("%s has ended %d times in a row: %s (log: %s)", c.Name, c.Ends, reason, path)
		if remedy := remedyFor(root, c.Name, reason); remedy != "" {
			line += "; " + remedy
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// remedyFor returns what to do if the component's data is the likely cause, or "".
func remedyFor(root layout.Root, component, reason string) string {
	nodeName, name, _ := strings.Cut(component, "/")
	node, err := layout.ParseNode(nodeName)
	switch {
	case strings.Contains(reason, "no space left on device"):
		return "make room on the disk of " + root.State()
	case component == "etcd", strings.Contains(reason, "creating storage factory"): // the API server, without etcd
		return "if etcd's data is damaged: `make cluster-delete` deletes the cluster with all its data, " +
			"and the next start creates a new one"
	case err == nil && name == "containerd":
		return fmt.Sprintf("if its data is damaged: remove %s, and the node pulls its images again "+
			"from the cluster's registry", root.NodeState(node, "containerd"))
	}
	return ""
}

// errorLine matches the last error of all components but etcd: lines of klog, cobra, containerd, and this program.
var errorLine = regexp.MustCompile(
	`^(?:[EF]\d{4} \S+ +\d+ \S+] |time="[^"]*" level=(?:error|fatal) |Error: |cluster: |containerd: )(.*)`)

// lastError returns why the process that wrote a log ended.
func lastError(log []byte) string {
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") { // a stack trace follows
			return cmp.Or(etcdError(lines[max(0, i-1)]), line)
		}
	}
	for _, line := range slices.Backward(lines) {
		if message := etcdError(line); message != "" {
			return message
		}
		if match := errorLine.FindStringSubmatch(line); match != nil {
			return match[1]
		}
	}
	return lines[len(lines)-1]
}

// etcdError returns the error in a line of etcd's log, or "".
func etcdError(line string) string {
	var entry struct{ Level, Msg, Path, Error string }
	levels := []string{"fatal", "panic", "error"}
	if json.Unmarshal([]byte(line), &entry) != nil || !slices.Contains(levels, entry.Level) {
		return ""
	}
	texts := slices.DeleteFunc([]string{entry.Msg, entry.Path, entry.Error}, func(text string) bool { return text == "" })
	return strings.Join(texts, ": ")
}
