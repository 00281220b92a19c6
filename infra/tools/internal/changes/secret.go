package changes

// The engine marks an object that stands for a secret with this field: Key and Secret in
// github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig. Its other fields hold the encrypted or the plain value.
const (
	signatureKey    = "4dabf18193072939515e22adb298388d"
	secretSignature = "1b47061264138c4ac30d75fd1eb44270"
)

// masked is the text in place of a secret.
const masked = "[secret]"

func isSecret(value any) bool {
	object, _ := value.(map[string]any)
	return object[signatureKey] == secretSignature
}
