package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.com/kubernetes-networking/infra/config"
)

// TestRenamedServiceIsFollowedEverywhere renames each Service in turn, in the only place that has its name. No
// declaration and no output may keep the old name, and nothing else may change.
func TestRenamedServiceIsFollowedEverywhere(t *testing.T) {
	before := everything(t, testStack())
	for _, name := range []*string{
		&names.clients, &names.orders, &names.products, &names.explorer,
		&names.clientsDatabase, &names.ordersDatabase, &names.productsDatabase, &names.traces, &names.pods,
	} {
		old := *name
		t.Run(old, func(t *testing.T) {
			*name = "renamed"
			defer func() { *name = old }()
			whole := regexp.MustCompile(`(^|[^A-Za-z-])` + old + `($|[^A-Za-z-]|-1a2b3c4d)`)
			var want []string
			for _, line := range before {
				declared, value, _ := strings.Cut(line, " = ")
				declared = whole.ReplaceAllString(declared, "${1}renamed${2}")
				if !app.MatchString(declared) {
					value = keepKinds.Replace(whole.ReplaceAllString(value, "${1}renamed${2}"))
				}
				want = append(want, declared+" = "+value)
			}
			slices.Sort(want)
			got := everything(t, testStack())
			for _, line := range got {
				if !slices.Contains(want, line) {
					t.Errorf("this is not the old declaration with the name replaced: %s", line)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d values, want %d as before", len(got), len(want))
			}
			for _, dependent := range dependents(name) {
				if !slices.ContainsFunc(got, func(line string) bool { return strings.HasSuffix(line, dependent) }) {
					t.Errorf("the renamed %s does not show as %s", old, dependent)
				}
			}
		})
	}
}

// dependents returns values that must exist if this Service is called renamed.
func dependents(service *string) []string {
	declaration := func(of, path string) string { return fmt.Sprintf(" %s.%s = renamed", of, path) }
	selector := "spec.%s.0.podSelector.matchLabels.app.kubernetes.io/name"
	database := func(owner, rule string) string { return declaration(owner, fmt.Sprintf(selector, rule)) }
	common := []string{"outputs.clusterIPs.renamed = 10.96.0.7", declaration("renamed", "spec.podSelector.matchLabels.app.kubernetes.io/name")}
	switch service {
	case &names.clients:
		return append(common, "CLIENTS_URL = http://renamed.shop.svc:80", "outputs.clientsUrl = http://127.80.0.9",
			declaration(names.orders, fmt.Sprintf(selector, "ingress.0.from")), declaration(names.orders, fmt.Sprintf(selector, "egress.0.to")))
	case &names.orders:
		return append(common, "ORDERS_URL = http://renamed.shop.svc:80",
			declaration(names.clients, fmt.Sprintf(selector, "ingress.0.from")), declaration(names.clients, fmt.Sprintf(selector, "egress.0.to")))
	case &names.products:
		return append(common, "PRODUCTS_URL = http://renamed.shop.svc:80", declaration(names.orders, fmt.Sprintf(selector, "egress.1.to")))
	case &names.traces:
		return []string{"outputs.services.renamed = http://renamed.shop.svc:4318", "TRACES_URL = http://renamed.shop.svc:4318"}
	case &names.pods:
		return []string{"PROBE_PODS = " + measuredPods()}
	case &names.explorer:
		return append(common, declaration(names.products, "spec.ingress.0.from.1.podSelector.matchLabels.app.kubernetes.io/name"))
	case &names.clientsDatabase:
		common = append(common, database(names.clients, "egress.1.to"))
	case &names.ordersDatabase:
		common = append(common, database(names.orders, "egress.2.to"))
	case &names.productsDatabase:
		common = append(common, database(names.products, "egress.0.to"))
	}
	return append(common, "DATABASE_HOST = renamed.shop.svc")
}

// app matches values that have the name of an app, a role or a kind of object, not of a Service.
var app = regexp.MustCompile(`spec\.containers\.\d+\.(name|image)$|labels\.app\.kubernetes\.io/component$|rules\.\d+\.resources\.\d+$`)

// keepKinds restores the kinds of the topology's nodes.
var keepKinds = strings.NewReplacer(`"kind":"renamed"`, `"kind":"explorer"`)

// variable matches the path of one variable of a container.
var variable = regexp.MustCompile(`\.env\.\d+$`)

// everything returns each value that the program declares or returns, one for each line, sorted.
func everything(t *testing.T, stack config.Config) []string {
	t.Helper()
	engine := &recorder{}
	outputs, err := declare(t, engine, stack, testBuilder{})
	if err != nil {
		t.Fatal(err)
	}
	lines := flat("outputs", outputs)
	for kind, resources := range engine.declared {
		for name, args := range resources {
			if kind == secretType { // a new password each time
				delete(args.Inputs, "stringData")
			}
			lines = append(lines, flat(kind+" "+name, plain(resource.NewProperty(args.Inputs)))...)
		}
	}
	slices.Sort(lines)
	return lines
}

// flat returns the leaves of a tree. The path of a variable ends with its name.
func flat(path string, value any) []string {
	var lines []string
	switch value := value.(type) {
	case map[string]any:
		if variable.MatchString(path) {
			path = fmt.Sprintf("%s.%s", path[:strings.LastIndex(path, ".")], value["name"])
			if text, found := value["value"]; found {
				return []string{fmt.Sprintf("%s = %v", path, text)}
			}
		}
		for key, element := range value {
			lines = append(lines, flat(path+"."+key, element)...)
		}
	case []any:
		for i, element := range value {
			lines = append(lines, flat(fmt.Sprintf("%s.%d", path, i), element)...)
		}
	default:
		return []string{fmt.Sprintf("%s = %v", path, value)}
	}
	return lines
}
