package config

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Secret is a text that is never printed. The zero Secret is empty.
type Secret struct{ text string }

// Output returns the text as a Pulumi secret, which is encrypted in the stack's state and hidden in previews.
func (s Secret) Output() pulumi.StringOutput {
	return pulumi.ToSecret(pulumi.String(s.text)).(pulumi.StringOutput)
}

// IsSet reports whether the text is not empty.
func (s Secret) IsSet() bool { return s.text != "" }

// String returns a placeholder, which keeps the text out of logs and messages.
func (Secret) String() string { return "[secret]" }

// GoString returns the same placeholder, for %#v.
func (s Secret) GoString() string { return s.String() }
