// Package outline describes each lab in one line. The tools use it; unlike package contract it has no dependencies.
package outline

// Lab is the outline of a lab. Its texts use the names of the demo's Services.
type Lab struct {
	// Name is the value of the configuration's key lab.
	Name string
	// Fault describes the fault.
	Fault string
	// Arrow is the call on the map that fails; Code is the failure that the map shows.
	Arrow, Code string
	// Show is the kubectl command that shows the fault, without the namespace.
	Show string
}

// Labs returns all labs in the order of contract.Labs.
func Labs() []Lab {
	const arrow = "orders → products"
	return []Lab{
		{"deny-dns", "the policy of orders lacks the rule for DNS", arrow, "DNS", "kubectl describe networkpolicy orders"},
		{"service-deleted", "there is no Service products", arrow, "DNS", "kubectl get service products --ignore-not-found"},
		{"wrong-selector", "the Service products selects no Pod", arrow, "NO ENDPOINTS", "kubectl get endpointslices -l kubernetes.io/service-name=products"},
		{"no-ready-endpoints", "the Pods of products are never ready", arrow, "NO ENDPOINTS", "kubectl get pods -l app.kubernetes.io/name=products"},
		{"wrong-port", "nothing listens on the targetPort of products", arrow, "REFUSED or TIMEOUT", "kubectl get endpointslices -l kubernetes.io/service-name=products"},
		{"deny-call", "the policy of products does not let orders in", arrow, "POLICY", "kubectl describe networkpolicy products orders"},
		{"slow-peer", "products answers after five seconds", arrow, "TIMEOUT", "kubectl set env deployment/products --list"},
		{"database-down", "the database of products has no Pod", arrow, "NO ENDPOINTS", "kubectl get statefulset products-database"},
	}
}

// Find returns the lab of this name, or false.
func Find(name string) (Lab, bool) {
	for _, lab := range Labs() {
		if lab.Name == name {
			return lab, true
		}
	}
	return Lab{}, false
}

// Names returns the names of all labs.
func Names() []string {
	var names []string
	for _, lab := range Labs() {
		names = append(names, lab.Name)
	}
	return names
}
