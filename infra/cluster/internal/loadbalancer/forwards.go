package loadbalancer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

// Listen opens a TCP listener on the host.
type Listen func(address string) (net.Listener, error)

// forward is one listener on the host, and where in the cluster it leads.
type forward struct {
	listener net.Listener
	target   string
	stop     context.CancelFunc
}

func (f *forward) close() {
	f.stop()
	_ = f.listener.Close()
}

// forwards are the open listeners: those of a Service by the host's address. Only the controller's worker uses it.
type forwards struct {
	listen    Listen
	byService map[string]map[string]*forward
}

func newForwards(listen Listen) *forwards {
	return &forwards{listen: listen, byService: map[string]map[string]*forward{}}
}

// set makes the listeners of a Service what its ports say. Those that stay are not touched.
func (f *forwards) set(ctx context.Context, key, ip string, service *corev1.Service) error {
	want := map[string]string{}
	for _, port := range service.Spec.Ports {
		if port.Protocol != "" && port.Protocol != corev1.ProtocolTCP {
			return fmt.Errorf("port %d is %s: the embedded cluster's LoadBalancer answers on TCP only", port.Port, port.Protocol)
		}
		number := strconv.Itoa(int(port.Port))
		want[net.JoinHostPort(ip, number)] = net.JoinHostPort(service.Spec.ClusterIP, number)
	}
	open := f.byService[key]
	if open == nil {
		open = map[string]*forward{}
		f.byService[key] = open
	}
	for host, existing := range open {
		if want[host] != existing.target {
			existing.close()
			delete(open, host)
		}
	}
	var errs []error
	for host, target := range want {
		if open[host] != nil {
			continue
		}
		listener, err := f.listen(host)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s can't be listened on (does another program listen on that port on all addresses?): %w", host, err))
			continue
		}
		forwardCtx, stop := context.WithCancel(ctx)
		open[host] = &forward{listener: listener, target: target, stop: stop}
		go hostnet.Forward(forwardCtx, listener, hostnet.To(target))
	}
	return errors.Join(errs...)
}

func (f *forwards) remove(key string) {
	for _, open := range f.byService[key] {
		open.close()
	}
	delete(f.byService, key)
}

func (f *forwards) closeAll() {
	for key := range f.byService {
		f.remove(key)
	}
}

// addresses are the host addresses that are listened on.
func (f *forwards) addresses() []string {
	var all []string
	for _, open := range f.byService {
		for host := range open {
			ip, _, _ := net.SplitHostPort(host)
			all = append(all, ip)
		}
	}
	return all
}
