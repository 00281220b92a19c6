package lab

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// edit changes the arguments of an object, if it is the one that the edit is for, and reports whether it is.
type edit func(name string, args pulumi.Input) bool

// of is the edit of the object of this name that has arguments of type T.
func of[T any](object string, change func(*T)) edit {
	return func(name string, args pulumi.Input) bool {
		declared, ok := any(args).(*T)
		if !ok || name != object {
			return false
		}
		change(declared)
		return true
	}
}

// both is the edit of two objects.
func both(one, another edit) edit {
	return func(name string, args pulumi.Input) bool { return one(name, args) || another(name, args) }
}

// in changes a part of arguments, which is a T that an interface I holds. Another part is left alone.
func in[T, I any](part *I, change func(*T)) {
	held, ok := any(*part).(T)
	if !ok {
		return
	}
	change(&held)
	if changed, ok := any(held).(I); ok {
		*part = changed
	}
}
