package deployed

import (
	"reflect"
	"testing"
)

const urn = "urn:pulumi:dev::kubernetes-networking::kubernetes-networking:namespace:Namespace"

func TestStackIsFoundByTheTypesOfItsResources(t *testing.T) {
	const database = "$kubernetes-networking:database:Database$kubernetes:core/v1:"
	component := resource{Outputs: map[string]any{"name": "shop", "cluster": "11", "retained": true}}
	for _, c := range []struct {
		name      string
		resources map[string]resource
		want      Stack
	}{
		{"nothing", nil, Stack{}},
		{"the component without its namespace, which another stack has", map[string]resource{urn + "::shop": component}, Stack{Cluster: "11", Retained: true}},
		{
			"a demo",
			map[string]resource{
				urn + "::shop": component, urn + "$kubernetes:core/v1:Namespace::shop": {},
				urn + database + "PersistentVolumeClaim::orders-database":                                {},
				urn + database + "PersistentVolumeClaim::clients-database":                               {},
				urn + database + "Secret::orders-database":                                               {Outputs: map[string]any{"data": "hidden"}},
				"urn:pulumi:dev::kubernetes-networking::kubernetes:core/v1:PersistentVolumeClaim::other": {},
			},
			Stack{Namespace: "shop", Cluster: "11", Retained: true, Databases: []string{"clients-database", "orders-database"}},
		},
		{
			"an update that ended before it took the protection from the databases",
			map[string]resource{
				urn + "::shop": {Outputs: map[string]any{"retained": false}}, urn + "$kubernetes:core/v1:Namespace::shop": {},
				urn + "$kubernetes-networking:database:Database::orders-database": {Outputs: map[string]any{"retained": true}},
				urn + database + "PersistentVolumeClaim::orders-database":         {},
			},
			Stack{Namespace: "shop", Retained: true, Databases: []string{"orders-database"}},
		},
		{
			"one of an earlier program",
			map[string]resource{urn + "::shop": {Outputs: map[string]any{"name": "shop"}}, urn + "$kubernetes:core/v1:Namespace::shop": {}},
			Stack{Namespace: "shop"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := stack(c.resources); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
