package network

import (
	"fmt"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
)

// types are the two groups that the explorer reads. client-go's ready-made clients would bring every group that
// Kubernetes has: 38 MB of program instead of 19.
var types = runtime.NewScheme()

func init() {
	for _, add := range []func(*runtime.Scheme) error{core.AddToScheme, apps.AddToScheme} {
		if err := add(types); err != nil {
			panic(err) // two Go types for one Kubernetes kind: the program cannot have been built right
		}
	}
}

// client returns a client for one group, whose resources are below path on the API server.
func client(config *rest.Config, path string, group schema.GroupVersion) (rest.Interface, error) {
	config = rest.CopyConfig(config)
	config.APIPath, config.GroupVersion = path, &group
	config.NegotiatedSerializer = serializer.NewCodecFactory(types).WithoutConversion()
	config.UserAgent = "kubernetes-networking-explorer"
	// The binary form is a third of the JSON. A server that does not speak it may answer in JSON.
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	// The API server limits its clients by itself, and fairly; the client's own limit only makes the page slow.
	config.QPS = -1
	made, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s at %s: %w", group, config.Host, err)
	}
	return made, nil
}
