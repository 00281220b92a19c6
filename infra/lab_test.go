package main

import (
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/topology"
)

// TestEachLabBreaksOneThing compares the declarations with those without the lab: "-" marks a value that is gone, "+" a
// new one. The ConfigMap for the explorer and the output lab are the same for all labs.
func TestEachLabBreaksOneThing(t *testing.T) {
	var (
		service    = serviceType + named(" {products}.")
		deployment = deploymentType + named(" {products}.")
		container  = deployment + "spec.template.spec.containers.0."
		database   = statefulSetType + named(" {products-database}.")
	)
	want := map[contract.Lab][]string{
		contract.DenyDNS: {
			"- " + policyType + named(" {orders}: ") + toDNS,
			"+ " + deploymentType + " " + names.orders + ".metadata.annotations.pulumi.com/skipAwait = true",
		},
		contract.WrongSelector: {
			"- " + service + "spec.selector.app.kubernetes.io/name = " + names.products,
			"+ " + service + "spec.selector.app.kubernetes.io/name = " + names.products[:len(names.products)-1],
		},
		contract.NoReadyEndpoints: {
			"- " + container + "readinessProbe.httpGet.path = /readyz",
			"+ " + container + "readinessProbe.httpGet.path = /ready",
			"+ " + deployment + "metadata.annotations.pulumi.com/skipAwait = true",
			"- " + deployment + "spec.strategy.type = RollingUpdate",
			"+ " + deployment + "spec.strategy.type = Recreate",
			"- " + deployment + "spec.strategy.rollingUpdate.maxSurge = 1",
			"- " + deployment + "spec.strategy.rollingUpdate.maxUnavailable = 0",
		},
		contract.WrongPort: {
			"- " + service + "spec.ports.0.targetPort = http",
			"+ " + service + "spec.ports.0.targetPort = 8081",
		},
		contract.DenyCall: {
			"- " + policyType + named(" {products}: from {orders} 8080"),
		},
		contract.SlowPeer: {
			"- " + container + "env.RESPONSE_DELAY = ",
			"+ " + container + "env.RESPONSE_DELAY = 5s",
		},
		contract.DatabaseDown: {
			"- " + database + "spec.replicas = 1",
			"+ " + database + "spec.replicas = 0",
			"+ " + deployment + "metadata.annotations.pulumi.com/skipAwait = true",
			"- " + deployment + "spec.strategy.type = RollingUpdate",
			"+ " + deployment + "spec.strategy.type = Recreate",
			"- " + deployment + "spec.strategy.rollingUpdate.maxSurge = 1",
			"- " + deployment + "spec.strategy.rollingUpdate.maxUnavailable = 0",
		},
		contract.ServiceDeleted: {
			"- outputs.productsUrl = http://127.80.0.9",
			"+ outputs.productsUrl = ",
			named("- outputs.clusterIPs.{products} = 10.96.0.7"),
			named("+ outputs.clusterIPs.{products} = "),
		},
	}
	healthy := inWords(t, "")
	for _, lab := range contract.Labs() {
		t.Run(string(lab), func(t *testing.T) {
			broken := inWords(t, lab)
			want := append(slices.Clone(want[lab]),
				"- "+configMapType+" lab.data.name = ", "+ "+configMapType+" lab.data.name = "+string(lab),
				"- outputs.lab = ", "+ outputs.lab = "+string(lab))
			if lab == contract.ServiceDeleted {
				for _, line := range healthy {
					if strings.HasPrefix(line, service) || strings.HasPrefix(line, "identity ") && strings.Contains(line, serviceType+"::"+names.products+" ") {
						want = append(want, "- "+line)
					}
				}
			}
			got := difference(healthy, broken)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("the lab changes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
	if got := difference(healthy, inWords(t, "")); len(got) > 0 {
		t.Errorf("after a lab the demo differs in\n%s", strings.Join(got, "\n"))
	}
}

// TestTheNameOfALabChangesBeforeWhatItBreaks: the explorer must see which lab is active before it sees the fault.
func TestTheNameOfALabChangesBeforeWhatItBreaks(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	for _, object := range [][2]string{
		{policyType, names.orders},
		{policyType, names.products},
		{deploymentType, names.orders},
		{deploymentType, names.products},
		{serviceType, names.products},
		{statefulSetType, names.productsDatabase},
	} {
		args, found := engine.declared[object[0]][object[1]]
		if !found {
			t.Fatalf("%s is not declared", object)
		}
		if !slices.ContainsFunc(args.RegisterRPC.GetDependencies(), func(urn string) bool { return strings.HasSuffix(urn, configMapType+"::lab") }) {
			t.Errorf("%s depends on %v, want the ConfigMap lab among them", object, args.RegisterRPC.GetDependencies())
		}
	}
}

// inWords returns everything that the program declares and returns, and the identity of each resource. The rules of
// policies are in words, which do not depend on their order.
func inWords(t *testing.T, lab contract.Lab) []string {
	t.Helper()
	stack := testStack()
	stack.Lab = lab
	lines := slices.DeleteFunc(everything(t, stack), func(line string) bool {
		return strings.HasPrefix(line, policyType) && (strings.Contains(line, ".spec.ingress.") || strings.Contains(line, ".spec.egress."))
	})
	engine := &recorder{}
	if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
		t.Fatal(err)
	}
	for _, resources := range engine.declared {
		for _, args := range resources {
			lines = append(lines, "identity "+identity(args)+" of "+args.Provider)
		}
	}
	for name := range engine.declared[policyType] {
		for _, rule := range opened(t, engine, name) {
			lines = append(lines, policyType+" "+name+": "+rule)
		}
	}
	return lines
}

func difference(before, after []string) []string {
	var lines []string
	for _, line := range before {
		if !slices.Contains(after, line) {
			lines = append(lines, "- "+line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			lines = append(lines, "+ "+line)
		}
	}
	return lines
}

// TestALabDeletesTheRuleOfTheOnlyCaller: a rule without peers would allow everything.
func TestALabDeletesTheRuleOfTheOnlyCaller(t *testing.T) {
	engine := &recorder{}
	stack := testStack()
	stack.Lab = contract.DenyCall
	err := runWith(t, engine, stack, testBuilder{}, func(d *Demo) error {
		orders, products := d.service(names.orders), d.service(names.products)
		products.Endpoint.Workload.Public = false
		calls, err := topology.Of(d.workloads(), orders.Calls(contract.Orders[env.Value]{ProductsURL: products.URL()}))
		if err != nil {
			return err
		}
		return d.isolate(calls)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := at(t, engine.inputs(t, policyType, names.products), "spec", "ingress"); got != nil {
		t.Errorf("the policy has the rules %v, want none", got)
	}
}
