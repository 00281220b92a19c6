package workload

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// Port is the port of every app in its container.
	Port = 8080
	// PortName is the name of that port for Services and probes.
	PortName = "http"
	// ProbePort is where the services serve the explorer's probes. It differs from Port, so that network policies
	// can allow it to the explorer only.
	ProbePort = 8082

	// In seconds. The startup probe is frequent, because everything waits for it; the liveness probe is not.
	startPeriod, livePeriod = 1, 10
	// An app is ready when its database is, which a start waits for too. An HTTP or TCP probe costs almost nothing.
	readyPeriod = 1
	// A command costs a new process in the container, which takes a tenth of a second of CPU time: every 3 s in four
	// containers, that was 8 % of two cores.
	commandPeriod = 10
	// initialDelay is the time until an app listens. Each probe before that would fail, and cause a warning event.
	initialDelay = 1
	// startTimeout is longer than contract.StartTimeout, because the handler of a startup probe blocks until the app has
	// started.
	startTimeout = 35
	// The timeouts are long, because a slow response on a busy laptop is not a reason to restart the container.
	probeTimeout, commandTimeout = 3, 10
	// startAttempts limits the startup probes before the container counts as failed. Those that block are few.
	startAttempts = 90
)

// Probes are the three probes of a container.
type Probes struct{ Startup, Readiness, Liveness corev1.ProbeArgs }

// HTTPProbes returns probes of the endpoints that every app has: /startupz, which blocks until the app has started,
// /livez, which depends on the process only, and /readyz.
func HTTPProbes() Probes {
	get := func(path string) corev1.ProbeArgs {
		return corev1.ProbeArgs{HttpGet: corev1.HTTPGetActionArgs{
			Path: pulumi.String(path), Port: pulumi.String(PortName),
		}}
	}
	start := get("/startupz")
	start.InitialDelaySeconds = pulumi.Int(initialDelay)
	return timed(start, get("/readyz"), get("/livez"))
}

// TCPProbes returns probes that connect to a port of the container, after the command wait has ended.
func TCPProbes(wait []string, port string) Probes {
	connect := corev1.ProbeArgs{TcpSocket: corev1.TCPSocketActionArgs{Port: pulumi.String(port)}}
	return timed(run(wait), connect, connect)
}

// CommandProbes returns probes that run a command in the container.
func CommandProbes(command ...string) Probes {
	probes := timed(run(command), run(command), run(command))
	probes.Readiness.PeriodSeconds = pulumi.Int(commandPeriod)
	for _, probe := range []*corev1.ProbeArgs{&probes.Readiness, &probes.Liveness} {
		probe.TimeoutSeconds = pulumi.Int(commandTimeout)
	}
	return probes
}

func run(command []string) corev1.ProbeArgs {
	return corev1.ProbeArgs{Exec: corev1.ExecActionArgs{Command: pulumi.ToStringArray(command)}}
}

func timed(startup, readiness, liveness corev1.ProbeArgs) Probes {
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

// HTTPPort returns the port of an app's container.
func HTTPPort() corev1.ContainerPortArgs { return TCPPort(PortName, Port) }

// TCPPort returns a port of a container.
func TCPPort(name string, port int) corev1.ContainerPortArgs {
	return corev1.ContainerPortArgs{
		Name: pulumi.String(name), ContainerPort: pulumi.Int(port), Protocol: pulumi.String("TCP"),
	}
}
