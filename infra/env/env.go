// Package env turns an app's environment contract, a struct from apps/contract, into the env of a container.
package env

import (
	"errors"
	"fmt"
	"reflect"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/policy"
)

// Value is what one variable is set to: a text that may be the output of a resource, or a key of a Secret.
// The zero Value is not wired to anything, and Render reports it.
type Value struct {
	text      pulumi.StringInput
	late      *func() pulumi.StringOutput
	secret    pulumi.StringInput
	secretKey string
	peer      policy.Peer
}

// Text is a value that anybody may read.
func Text(text pulumi.StringInput) Value { return Value{text: text} }

// Call is the address of a peer, and with it the declaration that whoever gets this variable calls that peer.
func Call(address pulumi.StringInput, peer policy.Peer) Value {
	return Value{text: address, peer: peer}
}

// Late is a text that depends on the calls which the same contract declares: it is asked for by Vars, once Render has
// collected them.
func Late(text func() pulumi.StringOutput) Value { return Value{late: &text} }

// SecretKey is a value that the kubelet reads from a Secret, so that it stands in no Pod's specification.
func SecretKey(secret pulumi.StringInput, key string) Value {
	return Value{secret: secret, secretKey: key}
}

// Rendered is what a contract makes of a container.
type Rendered struct {
	// Calls are those to the peers whose addresses are among the variables.
	Calls []policy.Call

	variables []variable
}

type variable struct {
	name  string
	value Value
}

// Render reads a contract, whose variables Vars then makes. The error names every field that is not wired.
func Render(contract any) (Rendered, error) {
	var rendered Rendered
	var unwired []error
	root := reflect.ValueOf(contract)
	var walk func(reflect.Value)
	walk = func(part reflect.Value) {
		for i := range part.NumField() {
			field, name := part.Field(i), part.Type().Field(i).Tag.Get("env")
			value, isValue := field.Interface().(Value)
			switch {
			case !isValue:
				walk(field)
			case value == Value{}:
				unwired = append(unwired, fmt.Errorf("%s: %s is not wired: set field %s in the Pulumi program",
					root.Type(), name, part.Type().Field(i).Name))
			default:
				rendered.add(name, value)
			}
		}
	}
	walk(root)
	return rendered, errors.Join(unwired...)
}

func (r *Rendered) add(name string, value Value) {
	r.variables = append(r.variables, variable{name, value})
	if value.peer != nil {
		r.Calls = append(r.Calls, policy.Call{To: value.peer, Variable: name})
	}
}

// Vars are the variables in the order of the contract's fields, nested structs included.
func (r *Rendered) Vars() corev1.EnvVarArray {
	var vars corev1.EnvVarArray
	for _, one := range r.variables {
		vars = append(vars, one.value.envVar(one.name))
	}
	return vars
}

func (v Value) envVar(name string) corev1.EnvVarArgs {
	switch {
	case v.text != nil:
		return corev1.EnvVarArgs{Name: pulumi.String(name), Value: v.text.ToStringOutput()}
	case v.late != nil:
		return corev1.EnvVarArgs{Name: pulumi.String(name), Value: (*v.late)()}
	}
	return corev1.EnvVarArgs{Name: pulumi.String(name), ValueFrom: corev1.EnvVarSourceArgs{
		SecretKeyRef: corev1.SecretKeySelectorArgs{
			Name: v.secret.ToStringOutput(), Key: pulumi.String(v.secretKey),
		},
	}}
}
