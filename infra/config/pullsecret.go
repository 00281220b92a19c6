package config

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"example.com/kubernetes-networking/images"
)

// pullSecretForm is what imagePullSecret has to be.
const pullSecretForm = `the content of a Docker config.json such as {"auths":{"registry.example.com":{"auth":"BASE64"}}}`

// pullSecret reads the credentials that the cluster's nodes pull the images with.
func (r *reader) pullSecret(key string, repository images.Repository) Secret {
	text := r.secret(key)
	if text == "" {
		return Secret{}
	}
	var file dockerConfig
	err := json.Unmarshal([]byte(text), &file)
	switch {
	case err != nil:
		err = errors.New("is no JSON object of this form")
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

// checkPullSecret returns what is wrong, without any part of the file, like parseDSN.
func checkPullSecret(file dockerConfig, repository images.Repository) error {
	target, err := name.NewRepository(string(repository) + "/app")
	if err != nil || repository.Local() {
		return errors.New("is set, and imageRepo is no registry that images are pulled from")
	}
	for registry, login := range file.Auths {
		if !covers(registry, target) {
			continue
		}
		if login.Auth == "" && (login.Username == "" || login.Password == "") {
			return errors.New("names the registry of imageRepo without its password, which is in a credential store of the " +
				"machine where you ran docker login; `kubectl create secret docker-registry --dry-run=client -o json` makes one with it")
		}
		return nil
	}
	return errors.New("has no entry for the registry of imageRepo, " + target.RegistryStr())
}

// covers reports whether the entry of a Docker config.json is for the repository: that of a registry, or of a path in it.
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
