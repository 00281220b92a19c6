// Package contract declares, for every app, the environment that it reads.
//
// Each app has one struct, and the struct has two readers. The app itself loads it with T = string. The Pulumi program
// fills it with T = its own value type, so that the host name of a peer arrives as a typed output of that peer's
// Service. A variable that is renamed or added here and not wired there does not compile, or fails the contract test
// of infra; it never reaches a cluster.
//
// The `env` tag is the variable's name. The `validate` tag is what the value has to look like (rules of
// github.com/go-playground/validator). The `secret` tag marks a value that is never printed. Every variable is required, unless its rule
// says omitempty.
package contract

// The names of the apps. An app has the same name as its folder in apps, and as the Service that leads to it; the probe
// has no Service.
const (
	ClientsName  = "clients"
	OrdersName   = "orders"
	ProductsName = "products"
	ExplorerName = "explorer"
	ProbeName    = "probe"
)

// Environment is what one app reads; every struct of this package that is named after an app is one.
type Environment interface {
	// App is the name of the app, which is its folder's in apps.
	App() string
}

// Database is the connection to the PostgreSQL server that belongs to one service alone.
type Database[T any] struct {
	Host     T `env:"DATABASE_HOST" validate:"hostname_rfc1123"`
	Port     T `env:"DATABASE_PORT" validate:"port"`
	Name     T `env:"DATABASE_NAME" validate:"required"`
	User     T `env:"DATABASE_USER" validate:"required"`
	Password T `env:"DATABASE_PASSWORD" validate:"required" secret:"true"`
	// SSLMode is PostgreSQL's: disable, require (encrypted, but any server is accepted), verify-ca or verify-full.
	SSLMode T `env:"DATABASE_SSL_MODE" validate:"sslmode"`
	// CACertificates are the certificates that must have signed the server's, in PEM, for verify-ca and verify-full. They
	// are in the environment because the images hold no certificates. They are not secret, but too long for the log.
	CACertificates T `env:"DATABASE_CA_CERTIFICATES" validate:"omitempty,certificates" secret:"true"`
	// MaxConnections limits the connections of one replica.
	MaxConnections T `env:"DATABASE_MAX_CONNECTIONS" validate:"connections"`
}

// Telemetry is what a service tells about itself. Its variables may be empty.
type Telemetry[T any] struct {
	// LogLevel is info if it is empty. Personal data is logged at debug alone.
	LogLevel T `env:"LOG_LEVEL" validate:"omitempty,loglevel"`
	// TracesURL is where the explorer takes traces, OTLP over HTTP; if it is empty it gets none.
	TracesURL T `env:"TRACES_URL" validate:"omitempty,http_url"`
	// OTLPEndpoint is a collector that gets the same traces, OTLP over HTTP; if it is empty there is none.
	OTLPEndpoint T `env:"OTEL_EXPORTER_OTLP_ENDPOINT" validate:"omitempty,http_url"`
}

// Allowlist is what a probe may connect to: the declared topology. Both fields are URLs, separated by commas, whose
// scheme is the expected protocol: http, postgresql, or tcp for just a connection.
type Allowlist[T any] struct {
	// Targets are Services by the names that callers use, hosts outside the namespace, and localhost.
	Targets T `env:"PROBE_TARGETS" validate:"targets"`
	// Pods have the host of the headless Service that resolves to the addresses of all Pods of the demo. A probe may
	// connect to each of these addresses at the ports of the URLs.
	Pods T `env:"PROBE_PODS" validate:"targets"`
}

// ProbeEndpoint is where a service's Pod serves probes: the explorer sends it a target, and it measures the connection.
type ProbeEndpoint[T any] struct {
	// Port is separate from the app's own port. The network policies open it to the explorer only.
	Port      T `env:"PROBE_PORT" validate:"port"`
	Allowlist Allowlist[T]
}

// Clients is the environment of the clients service. It calls orders, to delete the orders of a deleted client.
type Clients[T any] struct {
	Port      T `env:"PORT" validate:"port"`
	OrdersURL T `env:"ORDERS_URL" validate:"http_url"`
	Database  Database[T]
	Telemetry Telemetry[T]
	Probe     ProbeEndpoint[T]
}

// App is the name of the app that reads this.
func (Clients[T]) App() string { return ClientsName }

// Orders is the environment of the orders service. It calls clients and products, to check and to expand an order.
type Orders[T any] struct {
	Port        T `env:"PORT" validate:"port"`
	ClientsURL  T `env:"CLIENTS_URL" validate:"http_url"`
	ProductsURL T `env:"PRODUCTS_URL" validate:"http_url"`
	Database    Database[T]
	Telemetry   Telemetry[T]
	Probe       ProbeEndpoint[T]
}

// App is the name of the app that reads this.
func (Orders[T]) App() string { return OrdersName }

// Products is the environment of the products service. It calls nobody.
type Products[T any] struct {
	Port      T `env:"PORT" validate:"port"`
	Database  Database[T]
	Telemetry Telemetry[T]
	Probe     ProbeEndpoint[T]
	// ResponseDelay is how long every answer but those to the kubelet's probes is held back, such as 5s; empty for not at
	// all. The lab slow-peer sets it.
	ResponseDelay T `env:"RESPONSE_DELAY" validate:"omitempty,delay"`
}

// App is the name of the app that reads this.
func (Products[T]) App() string { return ProductsName }

// Explorer is the environment of the explorer, the web page that shows the network.
type Explorer[T any] struct {
	Port T `env:"PORT" validate:"port"`
	// Namespace is the only namespace that the explorer may read.
	Namespace T `env:"NAMESPACE" validate:"hostname_rfc1123"`
	// ProbeURL is on localhost: the probe runs in the explorer's own Pod and listens nowhere else.
	ProbeURL T `env:"PROBE_URL" validate:"http_url"`
	// APIServerURL is where Pods reach the Kubernetes API.
	APIServerURL T `env:"API_SERVER_URL" validate:"http_url"`
	// The services are those that the explorer calls for whoever fills in its form.
	ClientsURL  T `env:"CLIENTS_URL" validate:"http_url"`
	OrdersURL   T `env:"ORDERS_URL" validate:"http_url"`
	ProductsURL T `env:"PRODUCTS_URL" validate:"http_url"`
	// TracesPort is where the services send their traces.
	TracesPort T `env:"TRACES_PORT" validate:"port"`
	// ProbePort is the port where the services' Pods serve probes.
	ProbePort T `env:"PROBE_PORT" validate:"port"`
	// Topology is what the Pulumi program has declared: the JSON of a Topology.
	Topology T `env:"TOPOLOGY" validate:"topology"`
}

// App is the name of the app that reads this.
func (Explorer[T]) App() string { return ExplorerName }

// Probe is the environment of the probe, the sidecar that measures from inside of the explorer's Pod.
type Probe[T any] struct {
	// Port is on 127.0.0.1, where only the containers of the Pod reach it.
	Port      T `env:"PORT" validate:"port"`
	Allowlist Allowlist[T]
}

// App is the name of the app that reads this.
func (Probe[T]) App() string { return ProbeName }
