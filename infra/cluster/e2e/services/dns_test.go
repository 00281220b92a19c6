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

// fqdn is the full name of something in the namespace of the Services.
func (w *world) fqdn(name string) string { return name + "." + w.namespace + ".svc.cluster.local." }

// query asks the cluster DNS one question from a Pod, and returns the response code and the answers, sorted.
func (w *world) query(t *testing.T, pod, kind, name string) (code string, answers []string, err error) {
	t.Helper()
	text, err := w.get(t, pod, "/query", map[string]string{"type": kind, "name": name})
	if err != nil {
		return "", nil, err
	}
	lines := strings.Split(text, "\n")
	slices.Sort(lines[1:])
	return lines[0], lines[1:], nil
}

// mustQuery is query, with patience until the cluster DNS has taken note of a new Service.
func (w *world) mustQuery(t *testing.T, pod, kind, name string) (answers []string) {
	t.Helper()
	clustertest.AwaitWithin(t, 10*time.Second, kind+" "+name, func() error {
		code, found, err := w.query(t, pod, kind, name)
		if err == nil && (code != "NOERROR" || len(found) == 0) {
			err = fmt.Errorf("%s %q", code, found)
		}
		answers = found
		return err
	})
	return answers
}

func (w *world) wantQuery(t *testing.T, kind, name string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := w.mustQuery(t, "client", kind, name); !slices.Equal(got, want) {
		t.Errorf("%s %s is\n%q, want\n%q", kind, name, got, want)
	}
}

// reverse is the name under which an address is looked up.
func reverse(ip string) string {
	octets := strings.Split(ip, ".")
	slices.Reverse(octets)
	return strings.Join(octets, ".") + ".in-addr.arpa."
}

func (w *world) dnsOfClusterIP(t *testing.T) {
	service := w.service(t, `
metadata: {name: named}
spec:
  selector: {app: server}
  ports: [{name: who, port: 80, targetPort: who}, {name: who-udp, port: 81, protocol: UDP, targetPort: who-udp}]`)
	name, ip := w.fqdn("named"), service.Spec.ClusterIP
	w.wantQuery(t, "A", name, name+" 0 IN A "+ip)
	w.wantQuery(t, "SRV", "_who._tcp."+name, "_who._tcp."+name+" 0 IN SRV 0 100 80 "+name)
	w.wantQuery(t, "SRV", "_who-udp._udp."+name, "_who-udp._udp."+name+" 0 IN SRV 0 100 81 "+name)
	w.wantQuery(t, "PTR", reverse(ip), reverse(ip)+" 0 IN PTR "+name)
	// It exists, and has no IPv6 address: a resolver must not take that for a name that does not exist.
	if code, answers, err := w.query(t, "client", "AAAA", name); code != "NOERROR" || len(answers) != 0 || err != nil {
		t.Errorf("AAAA %s is %s %q, %v, want NOERROR without answers", name, code, answers, err)
	}
}

func (w *world) dnsOfHeadless(t *testing.T) {
	w.service(t, `
metadata: {name: headless}
spec:
  clusterIP: None
  selector: {app: server}
  ports: [{name: who, port: 80, targetPort: who}]`)
	w.service(t, `
metadata: {name: headless-all}
spec:
  clusterIP: None
  selector: {app: server}
  publishNotReadyAddresses: true
  ports: [{name: who, port: 8081}]`)
	name, all := w.fqdn("headless"), w.fqdn("headless-all")
	var addresses, addressesOfAll, ports []string
	for _, server := range servers {
		addresses = append(addresses, name+" 0 IN A "+w.ip(server))
		addressesOfAll = append(addressesOfAll, all+" 0 IN A "+w.ip(server))
		// The port is the Pod's: nothing translates the Service's.
		ports = append(ports, "_who._tcp."+name+" 0 IN SRV 0 33 8081 "+server+"."+name)
	}
	addressesOfAll = append(addressesOfAll, all+" 0 IN A "+w.ip("unready"))
	w.wantQuery(t, "A", name, addresses...)
	w.wantQuery(t, "A", all, addressesOfAll...)
	w.wantQuery(t, "SRV", "_who._tcp."+name, ports...)
	for _, server := range servers {
		host := server + "." + name
		w.wantQuery(t, "A", host, host+" 0 IN A "+w.ip(server))
		// CoreDNS also names the Pod as an endpoint of its other Services.
		if got, want := w.mustQuery(t, "client", "PTR", reverse(w.ip(server))), reverse(w.ip(server))+" 0 IN PTR "+host; !slices.Contains(got, want) {
			t.Errorf("the names of %s are\n%q, want among them\n%q", w.ip(server), got, want)
		}
	}
	if code, answers, err := w.query(t, "client", "A", "unready."+name); code != "NXDOMAIN" || err != nil {
		t.Errorf("a Pod that is not ready is %s %q, %v, want NXDOMAIN", code, answers, err)
	}
	wantServers(t, w.mustAsk(t, "client", "tcp", "server-1.headless:8081", 3), "server-1")
}

func (w *world) dnsOfExternalName(t *testing.T) {
	w.service(t, `
metadata: {name: target}
spec:
  selector: {app: server}
  ports: [{port: 80, targetPort: who}]`)
	w.service(t, `
metadata: {name: inside}
spec: {type: ExternalName, externalName: `+strings.TrimSuffix(w.fqdn("target"), ".")+`}`)
	w.service(t, `
metadata: {name: outside}
spec: {type: ExternalName, externalName: www.example.com}`)
	w.wantQuery(t, "CNAME", w.fqdn("inside"), w.fqdn("inside")+" 0 IN CNAME "+w.fqdn("target"))
	w.wantQuery(t, "CNAME", w.fqdn("outside"), w.fqdn("outside")+" 0 IN CNAME www.example.com.")
	wantServers(t, w.mustAsk(t, "client", "tcp", "inside:80", enough), servers...)
	if got, _ := w.lookup(t, "client", "outside"); got != "no such host" {
		t.Errorf("a name outside the cluster, which has no way out, is %q, want no such host", got)
	}
}

func (w *world) dnsOfPods(t *testing.T) {
	ip := w.ip("server-0")
	name := strings.ReplaceAll(ip, ".", "-") + "." + w.namespace + ".pod.cluster.local."
	w.wantQuery(t, "A", name, name+" 0 IN A "+ip)
}

// lookup resolves a name as a Pod's programs do, and returns the result and the names that were asked for, IPv4 only.
func (w *world) lookup(t *testing.T, pod, name string) (result string, asked []string) {
	t.Helper()
	text, err := w.get(t, pod, "/lookup", map[string]string{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	result, questions, _ := strings.Cut(text, "\n")
	for question := range strings.Lines(questions) {
		if name, isA := strings.CutPrefix(strings.TrimSpace(question), "A "); isA {
			asked = append(asked, name)
		}
	}
	return result, asked
}

func (w *world) dnsSearchList(t *testing.T) {
	ip := w.service(t, `
metadata: {name: searched}
spec:
  selector: {app: server}
  ports: [{port: 80, targetPort: who}]`).Spec.ClusterIP
	full := w.fqdn("searched")
	w.mustQuery(t, "client", "A", full)
	lists := []string{"." + w.namespace + ".svc.cluster.local.", ".svc.cluster.local.", ".cluster.local."}
	for name, want := range map[string]struct {
		result string
		asked  []string
	}{
		"searched":                         {ip, []string{"searched" + lists[0]}},
		"searched." + w.namespace:          {ip, []string{"searched." + w.namespace + lists[0], full}},
		"searched." + w.namespace + ".svc": {ip, []string{"searched." + w.namespace + ".svc" + lists[0], "searched." + w.namespace + ".svc" + lists[1], full}},
		strings.TrimSuffix(full, "."): {ip, []string{
			strings.TrimSuffix(full, ".") + lists[0], strings.TrimSuffix(full, ".") + lists[1], strings.TrimSuffix(full, ".") + lists[2], full,
		}},
		full: {ip, []string{full}},
		"www.example.com": {"no such host", []string{
			"www.example.com" + lists[0], "www.example.com" + lists[1], "www.example.com" + lists[2], "www.example.com.",
		}},
	} {
		started := time.Now()
		result, asked := w.lookup(t, "client", name)
		if result != want.result || !slices.Equal(asked, want.asked) {
			t.Errorf("%s is %s, asked for as\n%q, want %s, asked for as\n%q", name, result, asked, want.result, want.asked)
		}
		if took := time.Since(started); took > 4*time.Second { // a resolver asks again after 5 s
			t.Errorf("%s took %s", name, took)
		}
	}
	// With ndots:1 a name with a dot is tried as it stands first.
	if _, asked := w.lookup(t, "dns-config", strings.TrimSuffix(full, ".")); !slices.Equal(asked, []string{full}) {
		t.Errorf("with ndots:1 %s is asked for as %q", full, asked)
	}
}

func (w *world) dnsPolicies(t *testing.T) {
	search := "search " + w.namespace + ".svc.cluster.local svc.cluster.local cluster.local"
	for pod, want := range map[string]string{
		"client":      search + "\nnameserver 10.96.0.10\noptions ndots:5\n",
		"dns-config":  search + " example.org\nnameserver 10.96.0.10\noptions ndots:1\n",
		"dns-none":    "search example.org\nnameserver 192.0.2.53\n",
		"dns-default": "", // that of the node, which names no server outside the cluster
	} {
		got, err := w.get(t, pod, "/resolv.conf", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("resolv.conf of %s is\n%s, want\n%s", pod, got, want)
		}
	}
}
