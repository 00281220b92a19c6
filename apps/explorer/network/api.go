package network

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// types are the groups that the explorer reads. client-go's ready-made clients would bring every group that Kubernetes
// has: 38 MB of program instead of 19.
var types = runtime.NewScheme()

func init() {
	for _, add := range []func(*runtime.Scheme) error{
		core.AddToScheme, apps.AddToScheme, discovery.AddToScheme, networking.AddToScheme,
	} {
		if err := add(types); err != nil {
			panic(err) // two Go types for one Kubernetes kind: the program cannot have been built right
		}
	}
	// client-go would write a line for every try of every watch, past our log and its format. Network.Problem says what
	// is wrong at the moment, and our log says once that something is, and once that it is over.
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
}

// dialTimeout is short beside the 30 s of client-go, which would pass before somebody is told.
const dialTimeout = 5 * time.Second

// server makes the clients of one API server. They share its connections.
type server struct {
	config *rest.Config
	http   *http.Client
}

func newServer(config *rest.Config) (server, error) {
	config = rest.CopyConfig(config)
	config.UserAgent = "kubernetes-networking-explorer"
	// The binary form is a third of the JSON. A server that does not speak it may answer in JSON.
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	config.NegotiatedSerializer = serializer.NewCodecFactory(types).WithoutConversion()
	// The API server limits its clients by itself, and fairly; the client's own limit only makes the page slow.
	config.QPS = -1
	config.WarningHandlerWithContext = rest.NoWarnings{}
	if config.Dial == nil {
		config.Dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return server{}, fmt.Errorf("make a client for the API server at %s: %w", config.Host, err)
	}
	return server{config: config, http: client}, nil
}

// client returns a client for one group.
func (s server) client(group schema.GroupVersion) (rest.Interface, error) {
	config := rest.CopyConfig(s.config)
	config.APIPath, config.GroupVersion = "/apis", &group
	if group.Group == core.GroupName {
		config.APIPath = "/api"
	}
	made, err := rest.RESTClientForConfigAndClient(config, s.http)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s at %s: %w", group, config.Host, err)
	}
	return made, nil
}
