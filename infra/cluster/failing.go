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

// whyFailing says, a line for each, why components keep ending, and what to do.
func whyFailing(root layout.Root, failing []supervisor.ComponentStatus) string {
	var lines []string
	for _, c := range failing {
		path := root.ComponentLog(c.Name)
		log, err := os.ReadFile(path)
		said := lastWords(log)
		if err != nil || said == "" {
			said = c.LastExit
		}
		line := fmt.Sprintf("%s has ended %d times in a row: %s (log: %s)", c.Name, c.Ends, said, path)
		if advice := adviceFor(root, c.Name, said); advice != "" {
			line += "; " + advice
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// adviceFor is what to do about a component whose data is likely to be the cause, or nothing.
func adviceFor(root layout.Root, component, said string) string {
	node, name, _ := strings.Cut(component, "/")
	switch {
	case strings.Contains(said, "no space left on device"):
		return "make room on the disk of " + root.State()
	case component == "etcd", strings.Contains(said, "creating storage factory"): // the API server's words for an etcd that does not answer
		return "if etcd's data is damaged: `make cluster-delete` starts anew, and loses all that the cluster holds"
	case name == "containerd":
		return fmt.Sprintf("if its data is damaged: remove %s, and the images are pulled again, from the cluster's registry", root.State("nodes", node, "containerd"))
	}
	return ""
}

// lastError matches what components other than etcd write before they end: klog's lines, cobra's, containerd's, and our own.
var lastError = regexp.MustCompile(`^(?:[EF]\d{4} \S+ +\d+ \S+] |time="[^"]*" level=(?:error|fatal) |Error: |cluster: |containerd: )(.*)`)

// lastWords finds in a log why its process ended.
func lastWords(log []byte) string {
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
		if match := lastError.FindStringSubmatch(line); match != nil {
			return match[1]
		}
	}
	return lines[len(lines)-1]
}

// etcdError reads a line of etcd's log, and returns nothing where it is no error.
func etcdError(line string) string {
	var entry struct{ Level, Msg, Path, Error string }
	if json.Unmarshal([]byte(line), &entry) != nil || entry.Level != "fatal" && entry.Level != "panic" && entry.Level != "error" {
		return ""
	}
	var parts []string
	for _, part := range []string{entry.Msg, entry.Path, entry.Error} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}
