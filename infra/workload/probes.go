package workload

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// Port is where every app listens in its container.
	Port = 8080
	// PortName is what Services call that port.
	PortName = "http"
	// MeasurePort is where the apps of the services measure for the explorer. It is no port of theirs that anybody else
	// may call, so that policies can tell the two apart.
	MeasurePort = 8082

	// In seconds. A start is looked at often, because everything waits for it; a running container seldom.
	startPeriod, livePeriod = 1, 10
	// An app is ready when its database is, which a start waits for as well; asking it costs next to nothing. A command
	// costs a process in the container.
	httpReadyPeriod, commandReadyPeriod = 1, 3
	// firstLook is how long an app may take until it listens. Each probe before that fails, which is a warning among the
	// Pod's events.
	firstLook = 1
	// startTimeout is for a startup probe, which waits itself: longer than contract.StartTimeout.
	startTimeout = 35
	// probeTimeout is generous: on a busy laptop a slow answer is no reason to restart.
	probeTimeout = 3
	// startAttempts is how often a start is looked at before the container counts as failed.
	// Attempts that wait are few.
	startAttempts = 90
)

// Probes are the three health checks of a container.
type Probes struct{ Startup, Readiness, Liveness corev1.ProbeArgs }

// HTTPProbes use the endpoints that every app has: /startupz, which answers when the app has started, /livez, which depends
// on the process alone, and /readyz.
func HTTPProbes() Probes {
	start := corev1.ProbeArgs{
		HttpGet:             corev1.HTTPGetActionArgs{Path: pulumi.String("/startupz"), Port: pulumi.String(PortName)},
		InitialDelaySeconds: pulumi.Int(firstLook),
	}
	live := corev1.ProbeArgs{HttpGet: corev1.HTTPGetActionArgs{Path: pulumi.String("/livez"), Port: pulumi.String(PortName)}}
	ready := corev1.ProbeArgs{HttpGet: corev1.HTTPGetActionArgs{Path: pulumi.String("/readyz"), Port: pulumi.String(PortName)}}
	return timed(start, ready, live, httpReadyPeriod)
}

// CommandProbes run the command wait in the container until it has started, and then another one for both other checks.
func CommandProbes(wait []string, command ...string) Probes {
	run := func(command []string) corev1.ProbeArgs {
		return corev1.ProbeArgs{Exec: corev1.ExecActionArgs{Command: pulumi.ToStringArray(command)}}
	}
	return timed(run(wait), run(command), run(command), commandReadyPeriod)
}

func timed(startup, readiness, liveness corev1.ProbeArgs, readyPeriod int) Probes {
	startup.PeriodSeconds, startup.FailureThreshold = pulumi.Int(startPeriod), pulumi.Int(startAttempts)
	readiness.PeriodSeconds, liveness.PeriodSeconds = pulumi.Int(readyPeriod), pulumi.Int(livePeriod)
	for _, probe := range []*corev1.ProbeArgs{&startup, &readiness, &liveness} {
		probe.TimeoutSeconds = pulumi.Int(probeTimeout)
	}
	startup.TimeoutSeconds = pulumi.Int(startTimeout)
	return Probes{Startup: startup, Readiness: readiness, Liveness: liveness}
}

// Of returns the container with these probes.
func (p Probes) Of(container corev1.ContainerArgs) corev1.ContainerArgs {
	container.StartupProbe, container.ReadinessProbe, container.LivenessProbe = p.Startup, p.Readiness, p.Liveness
	return container
}

// HTTPPort is the port of an app's container that Services lead to.
func HTTPPort() corev1.ContainerPortArgs { return TCPPort(PortName, Port) }

// TCPPort is a port of a container.
func TCPPort(name string, port int) corev1.ContainerPortArgs {
	return corev1.ContainerPortArgs{Name: pulumi.String(name), ContainerPort: pulumi.Int(port), Protocol: pulumi.String("TCP")}
}
