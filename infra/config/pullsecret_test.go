package config

import (
	"fmt"
	"strings"
	"testing"
)

// pullSecretOf returns the credentials ada:s3cretword for one registry.
func pullSecretOf(registry string) string {
	return fmt.Sprintf(`{"auths":{%q:{"auth":"YWRhOnMzY3JldHdvcmQ="}}}`, registry)
}

func TestPullSecretIsForTheRegistryOfTheImages(t *testing.T) {
	for _, c := range []struct{ repository, registry string }{
		{"registry.example.com/team", "registry.example.com"},
		{"registry.example.com/team", "https://registry.example.com"},
		{"registry.example.com/team", "registry.example.com/team"},
		{"registry.example.com:5000/team", "http://registry.example.com:5000/v2/"},
		{"docker.io/team", "https://index.docker.io/v1/"},
		{"team/demo", "docker.io"},
	} {
		text := pullSecretOf(c.registry)
		loaded, err := load(t, map[string]string{"imageRepo": c.repository, "imagePullSecret": text})
		if err != nil || loaded.ImagePullSecret.text != text {
			t.Errorf("credentials for %s with imageRepo %s: %v", c.registry, c.repository, err)
		}
	}
}

func TestUserAndPasswordDoAsWellAsAuth(t *testing.T) {
	const text = `{"auths":{"registry.example.com":{"username":"ada","password":"s3cretword"}}}`
	if _, err := load(t, map[string]string{"imageRepo": "registry.example.com/team", "imagePullSecret": text}); err != nil {
		t.Error(err)
	}
}

func TestWrongPullSecretIsExplainedAndNotShown(t *testing.T) {
	for _, c := range []struct{ name, repository, text, want string }{
		{"not JSON", "registry.example.com/team", "ada:s3cretword", "is not a JSON object"},
		{"a list", "registry.example.com/team", `["s3cretword"]`, "is not a JSON object"},
		{"nothing in it", "registry.example.com/team", "{}", "has no entry for the registry of imageRepo, registry.example.com"},
		{"another registry", "registry.example.com/team", pullSecretOf("example.com"), "has no entry for the registry of imageRepo, registry.example.com"},
		{"another port", "registry.example.com:5000/team", pullSecretOf("registry.example.com"), "has no entry for the registry of imageRepo, registry.example.com:5000"},
		{"another folder", "registry.example.com/team", pullSecretOf("registry.example.com/te"), "has no entry for the registry of imageRepo, registry.example.com"},
		{"Docker Hub", "team/demo", pullSecretOf("registry.example.com"), "has no entry for the registry of imageRepo, index.docker.io"},
		{"credential store", "registry.example.com/team", `{"auths":{"registry.example.com":{}},"credsStore":"desktop"}`, "has no password for the registry of imageRepo"},
		{"no registry", "kind.local", pullSecretOf("kind.local"), "is set, and imageRepo is not a registry"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, map[string]string{"imageRepo": c.repository, "imagePullSecret": c.text})
			if err == nil || !strings.HasPrefix(err.Error(), "kubernetes-networking:imagePullSecret "+c.want) {
				t.Fatalf("the error is %v, want %q in it", err, c.want)
			}
			for _, shown := range []string{"s3cretword", "YWRh", "\n"} {
				if strings.Contains(err.Error(), shown) {
					t.Errorf("the message shows %q: %v", shown, err)
				}
			}
		})
	}
}
