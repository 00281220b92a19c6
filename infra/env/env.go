// Package env turns the environment contract of an app, a struct of apps/contract, into the variables of a container
// and into the calls that the app makes.
package env

import (
	"errors"
	"fmt"
	"reflect"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/topology"
)

// Value is the value of one variable: a text, which may be the output of a resource, or a key of a Secret.
// The zero Value is not set, and Vars reports it.
type Value struct {
	text      pulumi.StringInput
	secret    pulumi.StringInput
	secretKey string
	peer      topology.Peer
}

// Text returns a value that is not secret.
func Text(text pulumi.StringInput) Value { return Value{text: text} }

// Address returns the address of a peer, which the app calls.
func Address(address pulumi.StringInput, peer topology.Peer) Value {
	return Value{text: address, peer: peer}
}

// SecretKey returns a value that the kubelet reads from a Secret, so that no Pod's specification contains it.
func SecretKey(secret pulumi.StringInput, key string) Value {
	return Value{secret: secret, secretKey: key}
}

// Calls returns the calls of a workload whose app reads this contract: one for each address of a peer.
func Calls(from *topology.Workload, contract any) []topology.Call {
	var calls []topology.Call
	walk(reflect.ValueOf(contract), func(field reflect.StructField, value Value) {
		if value.peer != nil {
			calls = append(calls, topology.Call{From: from, To: value.peer, Variable: variable(field)})
		}
	})
	return calls
}

// Vars returns the variables of a contract in the order of its fields. It returns an error that names every field that
// is not set.
func Vars(contract any) (corev1.EnvVarArray, error) {
	var vars corev1.EnvVarArray
	var problems []error
	walk(reflect.ValueOf(contract), func(field reflect.StructField, value Value) {
		if value == (Value{}) {
			problems = append(problems, fmt.Errorf("%T: %s is not wired: set field %s in the Pulumi program",
				contract, variable(field), field.Name))
			return
		}
		vars = append(vars, value.envVar(variable(field)))
	})
	return vars, errors.Join(problems...)
}

// walk visits the fields of a contract and of the structs in it.
func walk(contract reflect.Value, visit func(reflect.StructField, Value)) {
	for i := range contract.NumField() {
		if value, ok := contract.Field(i).Interface().(Value); ok {
			visit(contract.Type().Field(i), value)
		} else {
			walk(contract.Field(i), visit)
		}
	}
}

func variable(field reflect.StructField) string { return field.Tag.Get("env") }

func (v Value) envVar(name string) corev1.EnvVarArgs {
	if v.text != nil {
		return corev1.EnvVarArgs{Name: pulumi.String(name), Value: v.text.ToStringOutput()}
	}
	return corev1.EnvVarArgs{Name: pulumi.String(name), ValueFrom: corev1.EnvVarSourceArgs{
		SecretKeyRef: corev1.SecretKeySelectorArgs{
			Name: v.secret.ToStringOutput(), Key: pulumi.String(v.secretKey),
		},
	}}
}
