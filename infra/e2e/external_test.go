//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const (
	// externalPassword holds every character that a URL encodes, and characters that a shell interprets.
	externalPassword = `p@ss/w:ord#1?%'$(x)`
	// externalEncoded is the password as it stands in a DSN.
	externalEncoded = `p%40ss%2Fw%3Aord%231%3F%25%27%24%28x%29`
)

// externalDatabases deploys a second stack to the same cluster, in its own namespace, with databases on a PostgreSQL
// server that belongs to neither stack.
func (s *scenario) externalDatabases(t *testing.T) {
	s.managedPostgres(t)
	s.externalStack()
	t.Log(s.run("PULUMI_STACK=external pulumi up --yes --skip-preview"))
	s.externalAnswers(t)
	s.externalSecrets(t)
	s.externalNodePorts(t)
	t.Log(s.run("PULUMI_STACK=external pulumi up --yes --skip-preview --expect-no-changes"))
	t.Log(s.run("pulumi up --yes --skip-preview --expect-no-changes")) // the first stack is unaffected

	s.run("PULUMI_STACK=external pulumi destroy --yes --skip-preview && pulumi stack rm --yes external")
	s.mustFail("kubectl get namespace external", "NotFound")
	s.run("kubectl delete namespace managed --wait=false")
}

// managedPostgres creates a server with one database per service. The owners of the databases are not superusers.
func (s *scenario) managedPostgres(t *testing.T) {
	t.Helper()
	writeCertificate(t, "postgres.managed.svc", s.path(".local", "managed.crt"), s.path(".local", "managed.key"))
	s.run("kubectl create namespace managed && " +
		"kubectl create secret tls postgres --namespace managed --cert .local/managed.crt --key .local/managed.key && " +
		"image=$(kubectl get statefulset " + names["ordersDatabase"] + " --namespace " + s.outputs.Namespace +
		" --output jsonpath='{.spec.template.spec.containers[0].image}') && " +
		`sed "s|IMAGE|$image|" infra/e2e/testdata/managed.yaml | kubectl apply --filename - && ` +
		"kubectl wait pod postgres --namespace managed --for condition=Ready --timeout 60s")
	for _, service := range []string{"clients", "orders", "products"} {
		role := fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", service, strings.ReplaceAll(externalPassword, "'", "''"))
		s.run("kubectl exec --namespace managed postgres -- psql --quiet --username operator --command " + quoted(role) +
			fmt.Sprintf(` --command "CREATE DATABASE %s OWNER %s"`, service, service))
	}
}

// externalStack configures the second stack with the commands of the documentation.
func (s *scenario) externalStack() {
	commands := []string{
		"export PULUMI_STACK=external", "pulumi stack init external",
		"pulumi config set kubeconfig .local/cluster/kubeconfig", "pulumi config set namespace external",
		"pulumi config set imageRepo 127.0.0.1:15000/kubernetes-networking", "pulumi config set serviceType ClusterIP",
		"pulumi config set replicas 1", "pulumi config set database external",
	}
	for _, service := range []string{"clients", "orders", "products"} {
		dsn := fmt.Sprintf("postgres://%s:%s@postgres.managed.svc/%s?sslmode=verify-full&sslrootcert=.local/managed.crt",
			service, externalEncoded, service)
		commands = append(commands, "pulumi config set --secret "+service+"DatabaseDsn "+quoted(dsn))
	}
	s.run(strings.Join(commands, " && "))
}

// externalAnswers sends requests to the second stack. It uses port-forward, because a ClusterIP is reachable only
// inside the cluster, and the policies deny connections that do not come from Pods.
func (s *scenario) externalAnswers(t *testing.T) {
	t.Helper()
	clients, orders := s.portForward(t, names["clients"]), s.portForward(t, names["orders"])
	call(t, "POST", clients+"/clients",
		map[string]any{"taxCode": taxCode, "firstName": "Elsa", "lastName": "Morante"}, http.StatusCreated)
	order := call(t, "POST", orders+"/orders", map[string]any{"clientTaxCode": taxCode}, http.StatusCreated)
	read := call(t, "GET", fmt.Sprintf("%s/orders/%s", orders, order["id"]), nil, http.StatusOK)
	if client, _ := read["client"].(map[string]any); client["lastName"] != "Morante" {
		t.Errorf("the order's client is %v, want Elsa Morante from clients", read["client"])
	}
	if status, body := send(t, http.MethodGet, s.outputs.ClientsURL+"/clients/"+taxCode, nil); status != http.StatusNotFound {
		t.Errorf("the first stack answers %d for a client of the second one: %s", status, body)
	}
	kept := s.run("kubectl exec --namespace managed postgres -- psql --tuples-only --no-align --username operator clients --command " +
		`"SELECT last_name FROM clients"`)
	if strings.TrimSpace(kept) != "Morante" {
		t.Errorf("the external database holds %q, want Morante", kept)
	}
	if made := s.run("kubectl get statefulsets,persistentvolumeclaims --namespace external --output name"); made != "" {
		t.Errorf("the second stack created %s, want no database", made)
	}
}

// portForward returns a URL for a Service of the second stack. The forwarding ends with the test.
func (s *scenario) portForward(t *testing.T, service string) string {
	t.Helper()
	cmd := s.command(t.Context(), "exec kubectl port-forward --namespace external --address 127.0.0.1 service/"+service+" :80")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the end of the test's context has killed the command
	line, err := bufio.NewReader(output).ReadString('\n')
	address, found := strings.CutPrefix(strings.TrimSpace(line), "Forwarding from ")
	if !found {
		t.Fatalf("kubectl port-forward printed %q: %v", line, err)
	}
	address, _, _ = strings.Cut(address, " ")
	return "http://" + address
}

// externalSecrets searches everything that Pulumi writes and prints for the password.
func (s *scenario) externalSecrets(t *testing.T) {
	t.Helper()
	written := s.run("export PULUMI_STACK=external; pulumi stack export; pulumi stack output --json; pulumi config; " +
		"pulumi preview --diff; pulumi preview --json; cat Pulumi.external.yaml; " +
		"kubectl get deployments --namespace external --output yaml; kubectl logs --namespace external --selector app.kubernetes.io/component=service --tail=-1")
	encoded, err := json.Marshal(externalPassword)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{externalPassword, externalEncoded, strings.Trim(string(encoded), `"`)} {
		if at := strings.Index(written, form); at >= 0 {
			t.Errorf("the password appears in plain text after %q", written[max(0, at-200):at])
		}
	}
}

// externalNodePorts requests a NodePort from the host, where the node's ExternalIP answers.
func (s *scenario) externalNodePorts(t *testing.T) {
	t.Helper()
	s.run("export PULUMI_STACK=external; pulumi config set serviceType NodePort && pulumi up --yes --skip-preview")
	node := strings.TrimSpace(s.run(`kubectl get nodes --output jsonpath='{.items[0].status.addresses[?(@.type=="ExternalIP")].address}'`))
	url := strings.TrimSpace(s.run("PULUMI_STACK=external pulumi stack output clientsUrl"))
	if !strings.HasPrefix(url, "http://"+node+":3") {
		t.Errorf("the URL of clients is %s, want a NodePort of the node %s", url, node)
	}
	// kube-proxy sees a new port a moment after kubectl.
	status := s.run("curl --silent --show-error --output /dev/null --write-out '%{http_code}' " +
		"--max-time 10 --retry 10 --retry-delay 1 --retry-connrefused " + url + "/readyz")
	if strings.TrimSpace(status) != "204" {
		t.Errorf("%s/readyz answers %s, want 204", url, status)
	}
}

// quoted returns the text as one shell word.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
