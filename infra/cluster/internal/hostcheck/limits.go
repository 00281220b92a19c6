package hostcheck

import (
	"fmt"
	"strings"

	"example.com/kubernetes-networking/infra/cluster/internal/limits"
)

// processLimits compares the resource limits that the cluster's processes can reach with those that they need.
func processLimits(m Machine) []Finding {
	if m.Running != 0 { // the running cluster already has its limits
		return nil
	}
	var findings []Finding
	for _, limit := range limits.All {
		reachable, err := limit.Reachable()
		if err != nil {
			findings = append(findings, Finding{"limit " + limit.Name, Warning, err.Error(), "compare it with `ulimit -H " + limit.Flag + "`"})
			continue
		}
		findings = append(findings, processLimit(limit, reachable))
	}
	return findings
}

func processLimit(limit limits.Limit, reachable uint64) Finding {
	check := "limit " + limit.Name
	if reachable >= limit.Minimum {
		return Finding{Check: check, Result: OK, Found: amount(reachable) + " " + limit.Description}
	}
	return Finding{
		check, Failed,
		fmt.Sprintf("a process can have %s %s, and the cluster needs %s",
			amount(reachable), limit.Description, amount(limit.Minimum)),
		fmt.Sprintf("start it from a shell where `ulimit -H %s` prints at least that: set %s in /etc/security/limits.conf, "+
			"Limit%s= in the systemd unit, or --ulimit %[2]s= for the container",
			limit.Flag, limit.Name, strings.ToUpper(limit.Name)),
	}
}

func amount(value uint64) string {
	if value == limits.Unlimited {
		return "unlimited"
	}
	return fmt.Sprint(value)
}
