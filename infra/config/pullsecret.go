package config

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"example.com/kubernetes-networking/images"
)

// pullSecretForm describes a valid value of imagePullSecret.
const pullSecretForm = "the content of a Docker config.json such as " +
	`{"auths":{"registry.example.com":{"auth":"BASE64"}}}`

// pullSecret reads the credentials of the cluster's nodes for the image registry.
func (r *reader) pullSecret(key string, repository images.Repository) Secret {
	text := r.secret(key)
	if text == "" {
		return Secret{}
	}
	var file dockerConfig
	err := json.Unmarshal([]byte(text), &file)
	switch {
	case err != nil:
		err = errors.New("is not a JSON object of this form")
	case !r.anyWrong("imageRepo"):
		err = checkPullSecret(file, repository)
	}
	if err != nil {
		r.rejectSecret(key, err, pullSecretForm)
	}
	return Secret{text}
}

// dockerConfig is a Docker config.json.
type dockerConfig struct {
	Auths map[string]struct{ Auth, Username, Password, IdentityToken, RegistryToken string }
}

// checkPullSecret returns an error that quotes no part of the file, like parseDSN.
func checkPullSecret(file dockerConfig, repository images.Repository) error {
	target, err := name.NewRepository(string(repository) + "/app")
	if err != nil || repository.Local() {
		return errors.New("is set, and imageRepo is not a registry that nodes pull from")
	}
	for registry, login := range file.Auths {
		if !covers(registry, target) {
			continue
		}
		if login.Auth == "" && (login.Username == "" || login.Password == "") {
			return errors.New("has no password for the registry of imageRepo: docker login put it into a credential " +
				"store of that machine; `kubectl create secret docker-registry --dry-run=client -o json` " +
				"prints one with a password")
		}
		return nil
	}
	return errors.New("has no entry for the registry of imageRepo, " + target.RegistryStr())
}

// covers reports whether an entry of a Docker config.json, which names a registry or a path in it, is for the
// repository.
func covers(entry string, target name.Repository) bool {
	for _, prefix := range []string{"https://", "http://"} {
		entry = strings.TrimPrefix(entry, prefix)
	}
	for _, suffix := range []string{"/", "/v1", "/v2"} {
		entry = strings.TrimSuffix(entry, suffix)
	}
	host, folder, _ := strings.Cut(entry, "/")
	if host == "docker.io" {
		host = name.DefaultRegistry
	}
	return host == target.RegistryStr() && (folder == "" || strings.HasPrefix(target.RepositoryStr()+"/", folder+"/"))
}
