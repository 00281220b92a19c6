//go:build e2e

package services

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// fqdn returns the full name of a Service in the tests' namespace.
func (f *fixture) fqdn(name string) string { return name + "." + f.namespace + ".svc.cluster.local." }

// query sends one question from a Pod to the cluster DNS. It returns the response code and the answers, sorted.
func (f *fixture) query(t *testing.T, pod, kind, name string) (code string, answers []string, err error) {
	t.Helper()
	text, err := f.get(t, pod, "/query", map[string]string{"type": kind, "name": name})
	if err != nil {
		return "", nil, err
	}
	lines := strings.Split(text, "\n")
	slices.Sort(lines[1:])
	return lines[0], lines[1:], nil
}

// mustQuery is like query. It retries, because CoreDNS notices a new Service with a delay.
func (f *fixture) mustQuery(t *testing.T, pod, kind, name string) (answers []string) {
	t.Helper()
	clustertest.AwaitWithin(t, 10*time.Second, kind+" "+name, func() error {
		code, found, err := f.query(t, pod, kind, name)
		if err == nil && (code != "NOERROR" || len(found) == 0) {
			err = fmt.Errorf("%s %q", code, found)
		}
		answers = found
		return err
	})
	return answers
}

func (f *fixture) wantQuery(t *testing.T, kind, name string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := f.mustQuery(t, "client", kind, name); !slices.Equal(got, want) {
		t.Errorf("%s %s is\n%q, want\n%q", kind, name, got, want)
	}
}

// reverse returns the name of an address for reverse lookups.
func reverse(ip string) string {
	octets := strings.Split(ip, ".")
	slices.Reverse(octets)
	return strings.Join(octets, ".") + ".in-addr.arpa."
}

func (f *fixture) dnsOfClusterIP(t *testing.T) {
	service := f.service(t, `
metadata: {name: named}
spec:
  selector: {app: server}
  ports: [{name: who, port: 80, targetPort: who}, {name: who-udp, port: 81, protocol: UDP, targetPort: who-udp}]`)
	name, ip := f.fqdn("named"), service.Spec.ClusterIP
	f.wantQuery(t, "A", name, name+" 0 IN A "+ip)
	f.wantQuery(t, "SRV", "_who._tcp."+name, "_who._tcp."+name+" 0 IN SRV 0 100 80 "+name)
	f.wantQuery(t, "SRV", "_who-udp._udp."+name, "_who-udp._udp."+name+" 0 IN SRV 0 100 81 "+name)
	f.wantQuery(t, "PTR", reverse(ip), reverse(ip)+" 0 IN PTR "+name)
	// The name exists but has no IPv6 address. NXDOMAIN would make a resolver take the name as nonexistent.
	if code, answers, err := f.query(t, "client", "AAAA", name); code != "NOERROR" || len(answers) != 0 || err != nil {
		t.Errorf("AAAA %s is %s %q, %v, want NOERROR without answers", name, code, answers, err)
	}
}

func (f *fixture) dnsOfHeadless(t *testing.T) {
	f.service(t, `
metadata: {name: headless}
spec:
  clusterIP: None
  selector: {app: server}
  ports: [{name: who, port: 80, targetPort: who}]`)
	f.service(t, `
metadata: {name: headless-all}
spec:
  clusterIP: None
  selector: {app: server}
  publishNotReadyAddresses: true
  ports: [{name: who, port: 8081}]`)
	name, all := f.fqdn("headless"), f.fqdn("headless-all")
	var addresses, addressesOfAll, ports []string
	for _, server := range servers {
		addresses = append(addresses, name+" 0 IN A "+f.ip(server))
		addressesOfAll = append(addressesOfAll, all+" 0 IN A "+f.ip(server))
		// The port is the Pod's, because a headless Service does not translate ports.
		ports = append(ports, "_who._tcp."+name+" 0 IN SRV 0 33 8081 "+server+"."+name)
	}
	addressesOfAll = append(addressesOfAll, all+" 0 IN A "+f.ip("unready"))
	f.wantQuery(t, "A", name, addresses...)
	f.wantQuery(t, "A", all, addressesOfAll...)
	f.wantQuery(t, "SRV", "_who._tcp."+name, ports...)
	for _, server := range servers {
		host := server + "." + name
		f.wantQuery(t, "A", host, host+" 0 IN A "+f.ip(server))
		// CoreDNS also returns the Pod's names as an endpoint of other Services.
		if got, want := f.mustQuery(t, "client", "PTR", reverse(f.ip(server))), reverse(f.ip(server))+" 0 IN PTR "+host; !slices.Contains(got, want) {
			t.Errorf("the names of %s are\n%q, want in it\n%q", f.ip(server), got, want)
		}
	}
	if code, answers, err := f.query(t, "client", "A", "unready."+name); code != "NXDOMAIN" || err != nil {
		t.Errorf("the name of a Pod that is not ready is %s %q, %v, want NXDOMAIN", code, answers, err)
	}
	wantServers(t, f.mustAsk(t, "client", "tcp", "server-1.headless:8081", 3), "server-1")
}

func (f *fixture) dnsOfExternalName(t *testing.T) {
	f.service(t, `
metadata: {name: target}
spec:
  selector: {app: server}
  ports: [{port: 80, targetPort: who}]`)
	f.service(t, `
metadata: {name: inside}
spec: {type: ExternalName, externalName: `+strings.TrimSuffix(f.fqdn("target"), ".")+`}`)
	f.service(t, `
metadata: {name: outside}
spec: {type: ExternalName, externalName: www.example.com}`)
	f.wantQuery(t, "CNAME", f.fqdn("inside"), f.fqdn("inside")+" 0 IN CNAME "+f.fqdn("target"))
	f.wantQuery(t, "CNAME", f.fqdn("outside"), f.fqdn("outside")+" 0 IN CNAME www.example.com.")
	wantServers(t, f.mustAsk(t, "client", "tcp", "inside:80", enough), servers...)
	if got, _ := f.lookup(t, "client", "outside"); got != "no such host" {
		t.Errorf("a name outside the cluster resolves to %q, want no such host: the cluster has no upstream DNS", got)
	}
}

func (f *fixture) dnsOfPods(t *testing.T) {
	ip := f.ip("server-0")
	name := strings.ReplaceAll(ip, ".", "-") + "." + f.namespace + ".pod.cluster.local."
	f.wantQuery(t, "A", name, name+" 0 IN A "+ip)
}

// lookup resolves a name as programs in a Pod do. It returns the result and the names of the queries for IPv4.
func (f *fixture) lookup(t *testing.T, pod, name string) (result string, queried []string) {
	t.Helper()
	text, err := f.get(t, pod, "/lookup", map[string]string{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	result, queries, _ := strings.Cut(text, "\n")
	for query := range strings.Lines(queries) {
		if name, isA := strings.CutPrefix(strings.TrimSpace(query), "A "); isA {
			queried = append(queried, name)
		}
	}
	return result, queried
}

func (f *fixture) dnsSearchList(t *testing.T) {
	ip := f.service(t, `
metadata: {name: searched}
spec:
  selector: {app: server}
  ports: [{port: 80, targetPort: who}]`).Spec.ClusterIP
	full := f.fqdn("searched")
	f.mustQuery(t, "client", "A", full)
	lists := []string{"." + f.namespace + ".svc.cluster.local.", ".svc.cluster.local.", ".cluster.local."}
	for name, want := range map[string]struct {
		result  string
		queries []string
	}{
		"searched":                         {ip, []string{"searched" + lists[0]}},
		"searched." + f.namespace:          {ip, []string{"searched." + f.namespace + lists[0], full}},
		"searched." + f.namespace + ".svc": {ip, []string{"searched." + f.namespace + ".svc" + lists[0], "searched." + f.namespace + ".svc" + lists[1], full}},
		strings.TrimSuffix(full, "."): {ip, []string{
			strings.TrimSuffix(full, ".") + lists[0], strings.TrimSuffix(full, ".") + lists[1], strings.TrimSuffix(full, ".") + lists[2], full,
		}},
		full: {ip, []string{full}},
		"www.example.com": {"no such host", []string{
			"www.example.com" + lists[0], "www.example.com" + lists[1], "www.example.com" + lists[2], "www.example.com.",
		}},
	} {
		started := time.Now()
		result, queries := f.lookup(t, "client", name)
		if result != want.result || !slices.Equal(queries, want.queries) {
			t.Errorf("%s resolves to %s with the queries\n%q, want %s with\n%q", name, result, queries, want.result, want.queries)
		}
		if took := time.Since(started); took > 4*time.Second { // a resolver repeats a query after 5 s
			t.Errorf("%s took %s", name, took)
		}
	}
	// With ndots:1 a name with a dot is queried unchanged first.
	if _, queries := f.lookup(t, "dns-config", strings.TrimSuffix(full, ".")); !slices.Equal(queries, []string{full}) {
		t.Errorf("with ndots:1 the queries for %s are %q", full, queries)
	}
}

func (f *fixture) dnsPolicies(t *testing.T) {
	search := "search " + f.namespace + ".svc.cluster.local svc.cluster.local cluster.local"
	for pod, want := range map[string]string{
		"client":      search + "\nnameserver 10.96.0.10\noptions ndots:5\n",
		"dns-config":  search + " example.org\nnameserver 10.96.0.10\noptions ndots:1\n",
		"dns-none":    "search example.org\nnameserver 192.0.2.53\n",
		"dns-default": "", // the node's, which names no server outside the cluster
	} {
		got, err := f.get(t, pod, "/resolv.conf", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("resolv.conf of %s is\n%s, want\n%s", pod, got, want)
		}
	}
}
