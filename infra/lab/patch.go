package lab

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// patch changes the arguments of one object. It reports whether these are the arguments of that object.
type patch func(name string, args pulumi.Input) bool

// patchOf returns a patch of the object that has this name and arguments of type T.
func patchOf[T any](object string, change func(*T)) patch {
	return func(name string, args pulumi.Input) bool {
		declared, ok := any(args).(*T)
		if !ok || name != object {
			return false
		}
		change(declared)
		return true
	}
}

// edit applies change to *part if it holds a T. I is the interface type of the part.
func edit[T, I any](part *I, change func(*T)) {
	value, ok := any(*part).(T)
	if !ok {
		return
	}
	change(&value)
	if changed, ok := any(value).(I); ok {
		*part = changed
	}
}
