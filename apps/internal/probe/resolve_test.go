package probe

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"example.com/kubernetes-networking/apps/contract/failure"
)

func TestAResolutionHasEveryQuery(t *testing.T) {
	clusterDNS(t, podIP)
	got := read[Resolution](t, newPod(t, nil).Do(t, "GET", "/resolution?name=orders.shop.svc.", ""))
	if got.Name != "orders.shop.svc." || got.Failure != nil || !slices.Equal(got.Addresses, []netip.Addr{serviceIP}) {
		t.Errorf("got %+v, want the address %s", got, serviceIP)
	}
	if got := types(got.Queries); !slices.Equal(got, []string{"A orders.shop.svc. NOERROR", "AAAA orders.shop.svc. NOERROR"}) {
		t.Errorf("got the queries %q, want one for each kind of address", got)
	}
	for _, query := range got.Queries {
		if want := query.Type == "A"; slices.Contains(query.Addresses, serviceIP) != want || query.Milliseconds <= 0 {
			t.Errorf("got the query %+v, want its time and what it was answered", query)
		}
		if server, err := netip.ParseAddrPort(query.Server); err != nil || !server.Addr().IsLoopback() {
			t.Errorf("got the server %s, want that of the test", query.Server)
		}
	}
	want := Resolver{
		Nameservers: []string{"10.96.0.10"}, Search: []string{"shop.svc.cluster.local", "svc.cluster.local", "cluster.local"}, Ndots: 5,
	}
	if !reflect.DeepEqual(got.Resolver, want) {
		t.Errorf("got the resolver %+v, want %+v", got.Resolver, want)
	}
}

func TestAFailedQueryHasItsReason(t *testing.T) {
	clusterDNS(t, podIP)
	pod := newPod(t, nil)
	for name, want := range map[string][]string{
		"nobody.shop.svc.": {"A nobody.shop.svc. NXDOMAIN", "AAAA nobody.shop.svc. NXDOMAIN"},
		"busy.shop.svc.":   {"A busy.shop.svc. no answer in 2 s", "AAAA busy.shop.svc. no answer in 2 s"},
	} {
		got := read[Resolution](t, pod.Do(t, "GET", "/resolution?name="+name, ""))
		if got.Failure == nil || got.Failure.Code != failure.DNS || got.Addresses == nil || len(got.Addresses) != 0 {
			t.Errorf("got %+v, want the failure DNS and an empty list of addresses", got)
		}
		if got := types(got.Queries); !slices.Equal(got, want) {
			t.Errorf("got the queries %q, want %q", got, want)
		}
	}
}

func TestEveryFormOfADeclaredNameIsResolvedAndNoOtherName(t *testing.T) {
	clusterDNS(t, podIP)
	pod := newPod(t, nil)
	for _, name := range []string{"orders", "orders.shop", "orders.shop.svc", "orders.shop.svc.cluster.local", "localhost", "collector.example"} {
		for _, form := range []string{name, name + "."} {
			if got := read[Resolution](t, pod.Do(t, "GET", "/resolution?name="+form, "")); got.Name != form {
				t.Errorf("got the resolution of %s, want %s", got.Name, form)
			}
		}
	}
	for _, name := range []string{
		"evil.example", "clients", "ORDERS", "pods.shop.svc", "orders.default", "orders.shop.svc.cluster.evil", "orders.shop.svc.cluster", "svc", "10.96.0.7",
	} {
		pod.Do(t, "GET", "/resolution?name="+name, "").
			WantProblem(t, 403, "/resolution", name+" is not a target of this Pod, which only measures declared targets and Pods of the demo.")
	}
}

func TestResolvConfIsReadAsAResolverDoes(t *testing.T) {
	for content, want := range map[string]Resolver{
		"": {Nameservers: []string{}, Search: []string{}, Ndots: 1},
		"# nameserver 10.0.0.1\n;search a\nnameserver\nnameserver 10.0.0.2\nnameserver fd00::a\n": {
			Nameservers: []string{"10.0.0.2", "fd00::a"}, Search: []string{}, Ndots: 1,
		},
		"search a b\ndomain c\n":                       {Nameservers: []string{}, Search: []string{"c"}, Ndots: 1},
		"\toptions  edns0 ndots:5\tuse-vc\nsearch a b": {Nameservers: []string{}, Search: []string{"a", "b"}, Ndots: 5},
		"options ndots:99":                             {Nameservers: []string{}, Search: []string{}, Ndots: 15},
		"options ndots:-1":                             {Nameservers: []string{}, Search: []string{}, Ndots: 0},
		"options ndots:many":                           {Nameservers: []string{}, Search: []string{}, Ndots: 1},
	} {
		path := filepath.Join(t.TempDir(), "resolv.conf")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readResolver(path); !reflect.DeepEqual(got, want) {
			t.Errorf("%q was read as %+v, want %+v", content, got, want)
		}
	}
}

func TestTheClusterDomainIsInTheSearchList(t *testing.T) {
	for want, search := range map[string][]string{
		"":                {"example.com", "shop.svc.cluster.local"},
		"cluster.local":   {"shop.svc.cluster.local", "svc.cluster.local", "cluster.local", "example.com"},
		"k8s.example.com": {"shop.svc.k8s.example.com.", "svc.k8s.example.com."},
	} {
		if got := (Resolver{Search: search}).ClusterDomain(); got != want {
			t.Errorf("got %q from %s, want %q", got, search, want)
		}
	}
}
