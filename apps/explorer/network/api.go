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

// types holds the API groups that the explorer reads. client-go's typed clients would add every group of Kubernetes,
// and 19 MB to the binary.
var types = runtime.NewScheme()

func init() {
	for _, add := range []func(*runtime.Scheme) error{
		core.AddToScheme, apps.AddToScheme, discovery.AddToScheme, networking.AddToScheme,
	} {
		if err := add(types); err != nil {
			panic(err) // two Go types for one Kubernetes kind: a programming error
		}
	}
	// client-go logs every attempt of every watch in its own format. Network.Problem describes the current problem
	// instead, and the watcher logs its start and its end.
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
}

// dialTimeout is shorter than client-go's 30 s, so that the page reports an unreachable API server soon.
const dialTimeout = 5 * time.Second

// server creates the clients of one API server. They share its connections.
type server struct {
	config *rest.Config
	http   *http.Client
}

func newServer(config *rest.Config) (server, error) {
	config = rest.CopyConfig(config)
	config.UserAgent = "kubernetes-networking-explorer"
	// Protobuf takes a third of the size of JSON. A server without protobuf may answer in JSON.
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	config.NegotiatedSerializer = serializer.NewCodecFactory(types).WithoutConversion()
	// The API server limits its clients fairly. The client's own limit would only slow the page down.
	config.QPS = -1
	config.WarningHandlerWithContext = rest.NoWarnings{}
	if config.Dial == nil {
		config.Dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return server{}, fmt.Errorf("create a client for the API server at %s: %w", config.Host, err)
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
	client, err := rest.RESTClientForConfigAndClient(config, s.http)
	if err != nil {
		return nil, fmt.Errorf("create a client for %s at %s: %w", group, config.Host, err)
	}
	return client, nil
}
