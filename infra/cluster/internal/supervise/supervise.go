// Package supervise is what runs inside the sandbox: the components, the way in from the host, and the add-ons.
package supervise

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"example.com/kubernetes-networking/infra/cluster/internal/components"
	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// Grace periods of an orderly stop. Together they are below the 15 s that `cluster down` may take.
const (
	controllersGrace = 3 * time.Second
	podsGrace        = 6 * time.Second
	restGrace        = 3 * time.Second
)

// Run runs the cluster until ctx ends, and then stops it in order.
func Run(ctx context.Context, root layout.Root, hostNet *os.File) error {
	started := time.Now()
	status, err := supervisor.NewStatusFile(root.State("status.json"))
	if err != nil {
		return err
	}
	fail := func(err error) error {
		status.Change(func(s *supervisor.Status) { s.Failure = err.Error() })
		return err
	}
	pauseImage, err := registry.BinaryReference(layout.RegistryAddress, "pause", root.Bin("pause"))
	if err != nil {
		return fail(err)
	}
	corednsImage, err := registry.BinaryReference(layout.RegistryAddress, "coredns", root.Bin("coredns"))
	if err != nil {
		return fail(err)
	}
	if err := prepare(root, pauseImage); err != nil {
		return fail(err)
	}
	client, err := newClient(root)
	if err != nil {
		return fail(err)
	}
	s := supervisor.New(components.All(root, apiReady(client), hostNet), root.Log, status)
	// Not ctx: its end starts an orderly stop, which components must not run ahead of.
	s.Start(context.WithoutCancel(ctx))
	defer stop(root, s)
	if err := openToHost(ctx, hostNet); err != nil {
		return fail(err)
	}
	await := &readiness{root: root, client: client, status: status, supervisor: s, since: started}
	if err := await.run(ctx, pauseImage, corednsImage); err != nil && ctx.Err() == nil {
		return fail(err)
	}
	<-ctx.Done()
	status.Change(func(s *supervisor.Status) { s.Ready = false })
	return nil
}

// prepare makes the files that components need before they start.
func prepare(root layout.Root, pauseImage string) error {
	logs, err := filepath.Glob(root.Log("*"))
	if err != nil {
		return err
	}
	for _, log := range logs {
		if log == root.Log("supervisor") {
			continue
		}
		if err := os.Rename(log, log+".previous"); err != nil {
			return err
		}
	}
	if err := components.WriteConfig(root, pauseImage); err != nil {
		return err
	}
	return pki.Ensure(root)
}

func newClient(root layout.Root) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", root.Kubeconfig())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", root.Kubeconfig(), err)
	}
	return kubernetes.NewForConfig(config)
}

func apiReady(client kubernetes.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}
}

// openToHost lets the host's loopback reach the API server and the registry.
func openToHost(ctx context.Context, hostNet *os.File) error {
	for _, address := range []string{layout.APIAddress, layout.RegistryAddress} {
		listener, err := hostnet.Namespace(hostNet.Fd()).Listen(address)
		if err != nil {
			return fmt.Errorf("listen on the host's %s: %w", address, err)
		}
		context.AfterFunc(ctx, func() { _ = listener.Close() })
		go hostnet.Forward(ctx, listener, address)
	}
	return nil
}

// stop stops the cluster in order: what would start Pods again, the Pods (so that databases shut down cleanly), the
// rest.
func stop(root layout.Root, s *supervisor.Supervisor) {
	s.Stop(controllersGrace, components.Controllers...)
	stopPods(root, podsGrace)
	s.Stop(restGrace, components.Rest...)
}

// stopPods asks every container's processes to end and waits for them. What is left, the end of process 1 kills.
func stopPods(root layout.Root, grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	asked := map[int]bool{}
	_ = supervisor.Poll(ctx, 50*time.Millisecond, func(context.Context) error {
		pids, err := sandbox.PodProcesses(root)
		if err != nil {
			return nil // no cgroup, no Pods
		}
		for _, pid := range pids {
			if !asked[pid] {
				asked[pid] = true
				_ = syscall.Kill(pid, syscall.SIGTERM) // an error means that it has ended
			}
		}
		if len(pids) > 0 {
			return fmt.Errorf("%d processes are left", len(pids))
		}
		return nil
	})
}
