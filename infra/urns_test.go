package main

import (
	_ "embed"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

//go:embed testdata/urns.txt
var urns string

// TestURNsStay pins the identity of every resource. Pulumi identifies a resource by its URN: another URN deletes the
// live object, including a database's data, and creates a new one. If you mean to change a URN, give the resource an
// alias (https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/) and then change testdata/urns.txt.
func TestURNsStay(t *testing.T) {
	engine := &recorder{}
	if _, err := declare(t, engine, testStack(), testBuilder{}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, resources := range engine.declared {
		for _, args := range resources {
			got = append(got, identity(args))
		}
	}
	slices.Sort(got)
	want := slices.Sorted(strings.FieldsSeq(named(urns)))
	if !slices.Equal(got, want) {
		t.Errorf("the resources are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// identity returns the part of a URN that the program determines: the types of the resource and its parents, and its
// name.
func identity(args pulumi.MockResourceArgs) string {
	var parents tokens.Type
	if parent := resource.URN(args.RegisterRPC.GetParent()); parent != "" && parent.QualifiedType() != resource.RootStackType {
		parents = parent.QualifiedType()
	}
	urn := resource.NewURN("test", "kubernetes-networking", parents, tokens.Type(args.TypeToken), args.Name)
	return string(urn.QualifiedType()) + "::" + urn.Name()
}
