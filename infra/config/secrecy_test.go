package config

import (
	"strings"
	"testing"
)

// TestNoMessageShowsCredentials, whichever key they were pasted into.
func TestNoMessageShowsCredentials(t *testing.T) {
	for _, value := range []string{
		"http://user:s3cretword@collector:4318", "http://s3cretword@collector.example.com:4318", "http://user:s3cretword",
		"https://user:s3cret?s3cretword@collector.example.com", "http://collector:4318?api-key=s3cretword", "https://collector/#s3cretword",
		"http://user:s3cretword%zz@collector", "user:s3cretword@registry.example.com/team", "postgres://user:s3cretword@db.example.com/orders",
		"host=db.example.com password=s3cretword", contents, contentsInJSON, "eyJhbGciOiJub25lIn0.s3cretword.",
	} {
		for key := range valid() {
			loaded, err := loadWithSecrets(t, map[string]string{key: value})
			if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("%s: the message is more than one line or shows %s: %v", key, value, err)
			}
			if err == nil && key != "context" && (key != "kubeconfig" || strings.Contains(loaded.Kubeconfig.String(), "s3cret")) {
				t.Errorf("%s=%s is accepted", key, value)
			}
		}
	}
}

func TestAnEncryptedValueIsNotShownWhicheverItsKey(t *testing.T) {
	for key := range valid() {
		_, err := loadWithSecrets(t, map[string]string{key: "S3cret word"}, key)
		if err != nil && strings.Contains(err.Error(), "S3cret") {
			t.Errorf("%s: the message shows the value: %v", key, err)
		}
	}
}

func TestAPasswordInAnotherKeyIsNotShown(t *testing.T) {
	for _, key := range []string{
		"namespace", "podNetwork", "dnsAddress", "serviceType", "imageRepo", "databaseImage", "architecture", "replicas", "storageClass", "databaseStorage",
		"retainData", "deleteDatabases", "logLevel", "otlpEndpoint", "lab", "database",
	} {
		for _, value := range []string{"s3cr3t!Pa55", "Bearer topsecret", "S3cr3tPa55w0rd"} {
			_, err := load(t, map[string]string{key: value})
			if err == nil || !strings.Contains(err.Error(), "kubernetes-networking:"+key+" ") || strings.Contains(err.Error(), value) {
				t.Errorf("%s=%q gives %v, want an error with the key and without the value", key, value, err)
			}
		}
	}
}

func TestATagThatMixesLettersAndDigitsIsAccepted(t *testing.T) {
	const image = "registry.example.com/postgres:15-1a2b3c4d5e"
	if loaded, err := load(t, map[string]string{"databaseImage": image}); err != nil || loaded.DatabaseImage != image {
		t.Errorf("databaseImage=%s gives %q, %v, want it to be accepted", image, loaded.DatabaseImage, err)
	}
}
