package retained

import (
	"strings"
	"testing"
)

const (
	inNamespace = "kubernetes-networking:namespace:Namespace$"
	inDatabase  = inNamespace + "kubernetes-networking:database:Database$"
	namespace   = inNamespace + "kubernetes:core/v1:Namespace::shop"
	claim       = inDatabase + "kubernetes:core/v1:PersistentVolumeClaim::orders-database"
	otherClaim  = inDatabase + "kubernetes:core/v1:PersistentVolumeClaim::clients-database"
	password    = inDatabase + "kubernetes:core/v1:Secret::orders-database"
	pullSecret  = inNamespace + "kubernetes:core/v1:Secret::image-pull"
	service     = inDatabase + "kubernetes:core/v1:Service::orders-database"
)

func resource(types, fields string) string {
	return `{"urn":"urn:pulumi:dev::kubernetes-networking::` + types + `"` + fields + `}`
}

func TestProtectionInTheStateSaysWhichDataStays(t *testing.T) {
	const protected = `,"protect":true`
	for _, c := range []struct {
		name      string
		resources []string
		want      Data
	}{
		{"nothing is deployed", nil, Data{}},
		{"no data is deployed", []string{resource("pulumi:pulumi:Stack::dev", ""), resource(service, "")}, Data{}},
		{
			"deployed without retainData",
			[]string{resource(namespace, ""), resource(claim, ""), resource(otherClaim, ""), resource(password, "")},
			Data{Deleted: "1 namespace, 2 claims, 1 password"},
		},
		{
			"deployed with retainData, beside what is not retained",
			[]string{resource(namespace, protected), resource(claim, protected), resource(password, protected), resource(pullSecret, ""), resource(service, "")},
			Data{Kept: "1 namespace, 1 claim, 1 password"},
		},
		{
			"an update that was killed had protected one half",
			[]string{resource(namespace, protected), resource(claim, ""), resource(password, "")},
			Data{Kept: "1 namespace", Deleted: "1 claim, 1 password"},
		},
		{
			"a claim that was replaced",
			[]string{resource(claim, protected), resource(claim, `,"delete":true`)},
			Data{Kept: "1 claim"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read([]byte(`{"version":3,"deployment":{"resources":[` + strings.Join(c.resources, ",") + `]}}`))
			if err != nil || got != c.want {
				t.Errorf("got %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestStackThatWasNeverDeployedHoldsNoData(t *testing.T) {
	if got, err := Read([]byte(`{"version":3,"deployment":{"manifest":{},"metadata":{}}}`)); err != nil || got != (Data{}) {
		t.Errorf("got %+v, %v, want none", got, err)
	}
}
