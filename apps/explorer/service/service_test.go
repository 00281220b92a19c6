package service_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/service"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/dnstest"
	"example.com/kubernetes-networking/apps/internal/peer"
	probe "example.com/kubernetes-networking/apps/probe/service"
)

// explore serves the explorer on an API server, with the real probe beside it.
func explore(t *testing.T, kubernetesURL, probeURL string) apitest.API {
	t.Helper()
	reader, err := network.NewReader(&rest.Config{Host: kubernetesURL}, "demo")
	if err != nil {
		t.Fatal(err)
	}
	handler, err := service.Handler(service.Sources{Network: reader, Probe: peer.New("probe", probeURL)})
	if err != nil {
		t.Fatal(err)
	}
	return apitest.Serve(t, handler)
}

// workloads is what the explorer makes of the cluster of this test, except for what DNS says.
const workloads = `[
	{"kind":"Deployment","name":"explorer","component":"explorer","desired":2,"ready":1,
		"containers":[{"name":"explorer","image":"registry/explorer@sha256:e"},{"name":"probe","image":"registry/probe@sha256:p"}],
		"services":[{"name":"explorer","type":"LoadBalancer","clusterIP":"10.96.0.7","external":["127.80.0.1"],
			"ports":[{"name":"http","protocol":"TCP","port":80,"targetPort":"http"}],"dnsName":"explorer.demo.svc","resolution":"<explorer>"}],
		"pods":[{"name":"explorer-1","ip":"10.244.0.5","node":"node","ready":true,"state":"Running"},
			{"name":"explorer-2","ip":"","node":"node","ready":false,"state":"ImagePullBackOff"}]},
	{"kind":"StatefulSet","name":"clients-database","component":"database","desired":1,"ready":1,
		"containers":[{"name":"postgres","image":"registry/postgres@sha256:d"}],
		"services":[{"name":"clients-database","type":"ClusterIP","clusterIP":"10.96.0.8","external":[],
			"ports":[{"name":"postgres","protocol":"TCP","port":5432,"targetPort":"5432"}],"dnsName":"clients-database.demo.svc","resolution":"<database>"}],
		"pods":[{"name":"clients-database-0","ip":"10.244.0.6","node":"node","ready":true,"state":"Running"}]}]`

// untold is what the explorer says of network policies when neither a service nor a database answers.
const untold = `{"enforced":"unknown","detail":"Whether the cluster enforces NetworkPolicies cannot be told from here: it takes a service and a database in this namespace, both ready."}`

// clusterDNS knows one of the two Services of the cluster of this test.
func clusterDNS(t *testing.T) {
	t.Helper()
	dnstest.Use(t, map[string]netip.Addr{"explorer.demo.svc": netip.MustParseAddr("10.96.0.7")})
}

func serveProbe(t *testing.T) apitest.API {
	t.Helper()
	return apitest.Serve(t, probe.Handler())
}

// tookTime is a duration that no two runs share.
var tookTime = regexp.MustCompile(`"milliseconds":[0-9.]+`)

func TestTheNetworkAsJSON(t *testing.T) {
	clusterDNS(t)
	explorer := explore(t, demo().serve(t).URL, serveProbe(t).URL)
	answer := explorer.Do(t, "GET", "/api/network", "")
	answer.Text = tookTime.ReplaceAllString(answer.Text, `"milliseconds":1`)
	if err := json.Unmarshal([]byte(answer.Text), &answer.Body); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(
		`"<explorer>"`, `{"name":"explorer.demo.svc","addresses":["10.96.0.7"],"milliseconds":1}`,
		`"<database>"`, `{"name":"clients-database.demo.svc","addresses":[],"milliseconds":1,"failure":{"code":"DNS",
			"detail":"The name clients-database.demo.svc does not exist: no DNS server knows an address for it."}}`,
	).Replace(workloads)
	answer.Want(t, 200, `{"data":{"namespace":"demo","observedAt":"<time>","probeProblem":"","policies":`+untold+`,"workloads":`+want+`}}`)
}

func TestThePageShowsEveryContainerAddressAndName(t *testing.T) {
	clusterDNS(t)
	explorer := explore(t, demo().serve(t).URL, serveProbe(t).URL)
	for _, path := range []string{"/", "/network"} {
		answer := explorer.Do(t, "GET", path, "")
		if answer.Status != 200 || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatalf("%s answers %d %s", path, answer.Status, answer.Header.Get("Content-Type"))
		}
		for _, want := range []string{
			`<code title="registry/explorer@sha256:e">explorer</code>, <code title="registry/probe@sha256:p">probe</code>. They talk over <code>localhost</code>.`,
			`<span class="bad">1 of 2 ready</span>`,
			`<dd>explorer, LoadBalancer</dd>`, `<code>10.96.0.7</code>`, `<code>127.80.0.1</code>`, `80 → http TCP`,
			`<code>explorer.demo.svc</code> → <code>10.96.0.7</code> <span class="good">in `,
			`<code>clients-database.demo.svc</code> <span class="bad">DNS: The name clients-database.demo.svc does not exist`,
			`<tr><th scope="row">explorer-1</th><td><code>10.244.0.5</code></td><td class="good">yes</td><td>Running</td></tr>`,
			`<tr><th scope="row">explorer-2</th><td><code></code></td><td class="bad">no</td><td>ImagePullBackOff</td></tr>`,
		} {
			if !strings.Contains(answer.Text, want) {
				t.Errorf("%s does not show %s", path, want)
			}
		}
		if strings.Contains(answer.Text, "stranger") {
			t.Errorf("%s shows a Pod that is not the demo's", path)
		}
	}
}

// A browser runs an inline script only if its hash is in the policy: one stray space would stop the page's refresh.
func TestThePolicyAllowsThePagesOwnStyleAndScriptAlone(t *testing.T) {
	clusterDNS(t)
	answer := explore(t, demo().serve(t).URL, serveProbe(t).URL).Do(t, "GET", "/", "")
	policy := answer.Header.Get("Content-Security-Policy")
	for _, element := range []string{"style", "script"} {
		found := regexp.MustCompile(`(?s)<` + element + `>(.*?)</` + element + `>`).FindStringSubmatch(answer.Text)
		if found == nil {
			t.Fatalf("the page has no %s", element)
		}
		sum := sha256.Sum256([]byte(found[1]))
		if want := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"; !strings.Contains(policy, want) {
			t.Errorf("the policy %s lacks %s", policy, want)
		}
	}
	for header, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
	} {
		if got := answer.Header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("the policy %s does not start from nothing", policy)
	}
}

func TestAProbeThatIsAwayIsSaidOnceAndHidesNothingElse(t *testing.T) {
	away := serveProbe(t)
	away.Stop()
	explorer := explore(t, demo().serve(t).URL, away.URL)
	const sentence = "probe cannot be reached (REFUSED). The connection was refused: nothing listens on that address and port, or a network policy rejects it. Try again later."
	want := strings.NewReplacer(`"<explorer>"`, "null", `"<database>"`, "null").Replace(workloads)
	explorer.Do(t, "GET", "/api/network", "").
		Want(t, 200, `{"data":{"namespace":"demo","observedAt":"<time>","probeProblem":"`+sentence+`","policies":`+untold+`,"workloads":`+want+`}}`)
	if page := explorer.Do(t, "GET", "/", "").Text; strings.Count(page, sentence) != 1 {
		t.Errorf("the page says %d times that the probe is away, want once", strings.Count(page, sentence))
	}
}

func TestWhyTheKubernetesAPICannotBeReadIsSaidInOneSentence(t *testing.T) {
	forbidden, unauthorized := demo(), demo()
	forbidden[podsPath] = refusal(http.StatusForbidden, meta.StatusReasonForbidden)
	unauthorized[deploymentsPath] = refusal(http.StatusUnauthorized, meta.StatusReasonUnauthorized)
	away := demo().serve(t)
	away.Stop()
	tests := map[string]struct{ url, want string }{
		"forbidden":    {forbidden.serve(t).URL, "The Kubernetes API does not let the explorer list pods in the namespace demo: give its service account a Role with the verb list for them."},
		"unauthorized": {unauthorized.serve(t).URL, "The Kubernetes API does not accept the explorer's service account token: delete the Pod, so that it gets a new one."},
		"away":         {away.URL, "The Kubernetes API at " + away.URL + " cannot be reached (REFUSED): The connection was refused: nothing listens on that address and port, or a network policy rejects it."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			explorer := explore(t, test.url, "http://probe.invalid")
			explorer.Do(t, "GET", "/api/network", "").WantProblem(t, 503, "/api/network", test.want)
			page := explorer.Do(t, "GET", "/", "")
			want := `<p class="problem" role="alert">` + strings.ReplaceAll(test.want, "'", "&#39;") + `</p>`
			if page.Status != 503 || !strings.Contains(page.Text, want) {
				t.Errorf("the page answers %d and does not say %s:\n%s", page.Status, want, page.Text)
			}
		})
	}
}

func refusal(code int32, reason meta.StatusReason) meta.Status {
	return meta.Status{TypeMeta: kind("v1", "Status"), Status: meta.StatusFailure, Code: code, Reason: reason, Message: "no"}
}

func TestANamespaceWithoutTheDemoSaysWhatToDo(t *testing.T) {
	empty := demo()
	for path, list := range map[string]string{deploymentsPath: "Deployment", statefulSetsPath: "StatefulSet"} {
		empty[path] = map[string]any{"apiVersion": "apps/v1", "kind": list + "List", "items": []any{}}
	}
	explorer := explore(t, empty.serve(t).URL, "http://probe.invalid")
	explorer.Do(t, "GET", "/api/network", "").
		Want(t, 200, `{"data":{"namespace":"demo","observedAt":"<time>","probeProblem":"","policies":`+untold+`,"workloads":[]}}`)
	if page := explorer.Do(t, "GET", "/", "").Text; !strings.Contains(page, "Deploy the demo with pulumi up.") {
		t.Errorf("the page does not say what to do: %s", page)
	}
}
