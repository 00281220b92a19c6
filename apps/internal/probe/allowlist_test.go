package probe

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

func TestNothingButTheDeclaredTopologyIsMeasured(t *testing.T) {
	clusterDNS(t, podIP)
	pod := newPod(t, nil)
	for target, status := range map[string]int{
		"http://evil.example:80":                           403,
		"http://clients.shop.svc:80":                       403,
		"http://orders.shop.svc:8080":                      403, // another port
		"tcp://orders.shop.svc:80":                         403, // another scheme
		"postgresql://orders.shop.svc:80":                  403,
		"http://ORDERS.shop.svc:80":                        403, // as written, or not at all
		"http://orders.shop.svc.:80":                       403,
		"http://orders:80":                                 403,
		"http://orders.shop.svc.evil.example:80":           403,
		"http://pods.shop.svc:8080":                        403, // Pods are allowed by address only
		"http://10.96.0.7:80":                              403, // the address of a declared name
		"http://10.244.1.8:8080":                           403, // not the address of a Pod
		"http://10.244.1.7:80":                             403, // a Pod, at another port
		"tcp://10.244.1.7:8080":                            403,
		"postgresql://10.244.1.7:8080":                     403,
		"http://[::ffff:10.244.1.7]:8080":                  403, // the same address in other forms
		"http://[::ffff:af4:107]:8080":                     403,
		"http://[64:ff9b::10.244.1.7]:8080":                403,
		"http://183763207:8080":                            403,
		"http://0x0af40107:8080":                           403,
		"http://012.0364.01.07:8080":                       403,
		"http://10.244.263:8080":                           403,
		"http://10.244.1.7.:8080":                          403,
		"http://127.0.0.1:8081":                            403,
		"http://[::1]:8081":                                403,
		"http://0.0.0.0:8081":                              403,
		"http://169.254.169.254:80":                        403,
		"http://user@orders.shop.svc:80":                   422,
		"http://orders.shop.svc:80@evil.example":           422,
		"http://orders.shop.svc:80/clients":                422,
		"http://orders.shop.svc:80?url=x":                  422,
		"http://orders.shop.svc:80#x":                      422,
		"http://orders.shop.svc:80\r\nX: y":                422,
		"http://orders.shop.svc:80,http://evil.example:80": 422,
		"http://orders.shop.svc%2eevil.example:80":         422,
		"http://[fe80::1%25lo]:8080":                       422,
		"https://orders.shop.svc:80":                       422,
		"file:///etc/passwd":                               422,
		"orders.shop.svc:80":                               422,
		"":                                                 422,
	} {
		pod.refused(t, target, status)
	}
	const evil = "http://evil.example:80"
	pod.Do(t, "GET", "/measurement?url="+evil, "").
		WantProblem(t, 403, "/measurement", evil+" is not a target of this Pod, which only measures declared targets and Pods of the demo.")
}

func TestMalformedRequestsAreExplained(t *testing.T) {
	pod := newPod(t, nil)
	const invalid = "Some values are invalid. See errors."
	target := problem.Field{Name: "url", Detail: "It must be one URL, such as http://orders.shop.svc:80."}
	for _, query := range []string{"", "?url=", "?URL=http://orders.shop.svc", "?url=http://orders.shop.svc&url=http://evil.example"} {
		pod.Do(t, "GET", "/measurement"+query, "").WantProblem(t, 422, "/measurement", invalid, target)
	}
	pod.Do(t, "GET", "/measurement?url=orders", "").WantProblem(t, 422, "/measurement", invalid, problem.Field{
		Name: "url", Detail: `"orders" must be http, postgresql or tcp with a host and a port, such as http://orders.shop.svc:80.`,
	})
	name := problem.Field{Name: "name", Detail: "It must be one host name, such as orders or orders.shop.svc."}
	for _, query := range []string{"", "?name=", "?name=a%20b", "?name=a..b", "?name=-a", "?name=[::1]", "?name=orders&name=evil", "?name=" + strings.Repeat("a.", 130)} {
		pod.Do(t, "GET", "/resolution"+query, "").WantProblem(t, 422, "/resolution", invalid, name)
	}
	pod.Do(t, "GET", "/x", "").WantProblem(t, 404, "/x", "There is nothing at /x. Send GET /measurement or GET /resolution.")
	refused := pod.Do(t, "POST", "/measurement", "")
	refused.WantProblem(t, 405, "/measurement", "/measurement does not support POST. See the header Allow.")
	if got := refused.Header.Get("Allow"); got != "GET" {
		t.Errorf("got Allow: %s, want GET", got)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	clusterDNS(t, podIP)
	elsewhere := host(apitest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/openapi.json" {
			t.Error("the redirect was followed")
		}
	})))
	sends := host(apitest.Serve(t, http.RedirectHandler("http://"+elsewhere+"/", http.StatusFound)))
	pod := newPod(t, map[string]string{"10.96.0.7:80": sends, elsewhere: elsewhere})
	if got := pod.measure(t, "http://orders.shop.svc:80"); got.Failure != nil || got.Answer.Status != 302 || got.Answer.Text != "302 Found" {
		t.Errorf("got %+v, want the answer 302 Found", got)
	}
	if dialed := pod.connections(); !slices.Equal(dialed, []string{"10.96.0.7:80"}) {
		t.Errorf("connected to %s, want the target alone", dialed)
	}
}

func TestAProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	clusterDNS(t, podIP)
	proxy := listen(t, func(net.Conn) { t.Error("the proxy was used") })
	for _, variable := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY"} {
		t.Setenv(variable, "http://"+proxy)
	}
	pod := newPod(t, map[string]string{"10.96.0.7:80": ready(t, nil)})
	if got := pod.measure(t, "http://orders.shop.svc:80"); got.Failure != nil {
		t.Errorf("got %+v, want no failure", got.Failure)
	}
}

// An attacker may change what the name of the Pods resolves to between two measurements. Loopback addresses, and those
// where clouds serve credentials, are refused all the same.
func TestPodAddressesAreLookedUpForEachMeasurement(t *testing.T) {
	pod := newPod(t, map[string]string{
		"10.244.1.7:8080": ready(t, nil), "10.244.1.8:8080": ready(t, nil),
		"127.0.0.1:8080": ready(t, nil), "169.254.169.254:8080": ready(t, nil), "0.0.0.0:8080": ready(t, nil),
	})
	clusterDNS(t, podIP)
	if got := pod.measure(t, "http://10.244.1.7:8080"); got.Failure != nil {
		t.Errorf("got %+v, want no failure", got.Failure)
	}
	pod.connections()
	clusterDNS(t, netip.MustParseAddr("10.244.1.8"))
	pod.refused(t, "http://10.244.1.7:8080", 403)
	if got := pod.measure(t, "http://10.244.1.8:8080"); got.Failure != nil {
		t.Errorf("got %+v, want no failure", got.Failure)
	}
	pod.connections()
	for _, address := range []string{"127.0.0.1", "169.254.169.254", "0.0.0.0"} {
		clusterDNS(t, netip.MustParseAddr(address))
		pod.refused(t, "http://"+address+":8080", 403)
	}
}

func TestWithoutPodAddressesNoPodIsMeasured(t *testing.T) {
	clusterDNS(t, netip.Addr{}) // which never answers
	pod := newPod(t, nil)
	answer := pod.Do(t, "GET", "/measurement?url=http://10.244.1.7:8080", "")
	answer.WantProblem(t, 503, "/measurement", "This Pod only measures Pods of the demo, and cannot check whether 10.244.1.7 is one. "+
		"The name pods.shop.svc could not be looked up: no DNS server answered.")
	pod.refused(t, "http://10.244.1.7:443", 403) // a port that is not allowed
}

func TestAPodThatIsNewerThanTheLastLookupIsUnknownWithoutDNS(t *testing.T) {
	pod := newPod(t, map[string]string{"10.244.1.7:8080": ready(t, nil)})
	clusterDNS(t, podIP)
	pod.measure(t, "http://10.244.1.7:8080")
	pod.connections()
	clusterDNS(t, netip.Addr{}) // which never answers
	if got := pod.measure(t, "http://10.244.1.7:8080"); got.Failure != nil {
		t.Errorf("got %+v of a Pod of the last lookup, want no failure", got.Failure)
	}
	pod.connections()
	pod.refused(t, "http://10.244.1.9:8080", 503)
}

func TestAMalformedAllowlistIsAnError(t *testing.T) {
	for want, allowed := range map[string]contract.Allowlist[string]{
		`"orders" must be http`: {Targets: "orders", Pods: demo.Pods},
		`"pods" must be http`:   {Targets: demo.Targets, Pods: "pods"},
	} {
		if _, err := Handler(allowed); err == nil || !strings.Contains(err.Error(), "read the allowlist: "+want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
