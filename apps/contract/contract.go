// Package contract declares the environment of every app.
//
// Each app has one struct, which is used twice. The app loads it with T = string. The Pulumi program fills it with T = its
// own value type, so that the host name of a peer is a typed output of the peer's Service. A variable that is added or
// renamed here but not wired there does not compile, or fails the contract test of infra; it never reaches a cluster.
//
// The env tag is the name of the variable. The validate tag holds the rules for its value, in the notation of
// github.com/go-playground/validator. The secret tag marks a value that is never printed. A variable is required unless
// its rules contain omitempty.
//
// Start at Clients, then Load. The packages below hold what else the program, the explorer and the tools share.
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

// Environment is implemented by the struct of each app.
type Environment interface {
	// App returns the name of the app.
	App() string
}

// Database is the connection to a service's own PostgreSQL server.
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

// Telemetry configures logs and traces. All variables may be empty.
type Telemetry[T any] struct {
	// LogLevel defaults to info. Personal data is logged at debug only.
	LogLevel T `env:"LOG_LEVEL" validate:"omitempty,loglevel"`
	// TracesURL is the explorer's endpoint for traces, OTLP over HTTP; empty to send it none.
	TracesURL T `env:"TRACES_URL" validate:"omitempty,http_url"`
	// OTLPEndpoint is a collector that receives the same traces, OTLP over HTTP; empty for none.
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

// App implements Environment.
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

// App implements Environment.
func (Orders[T]) App() string { return OrdersName }

// Products is the environment of the products service. It calls no other service.
type Products[T any] struct {
	Port      T `env:"PORT" validate:"port"`
	Database  Database[T]
	Telemetry Telemetry[T]
	Probe     ProbeEndpoint[T]
	// ResponseDelay delays every answer except those to the kubelet's probes, such as 5s; empty for no delay. The lab
	// slow-peer sets it.
	ResponseDelay T `env:"RESPONSE_DELAY" validate:"omitempty,delay"`
}

// App implements Environment.
func (Products[T]) App() string { return ProductsName }

// Explorer is the environment of the explorer, the web page that shows the network.
type Explorer[T any] struct {
	Port T `env:"PORT" validate:"port"`
	// Namespace is the only namespace that the explorer can read.
	Namespace T `env:"NAMESPACE" validate:"hostname_rfc1123"`
	// ProbeURL is on localhost: the probe runs in the explorer's own Pod and listens only there.
	ProbeURL T `env:"PROBE_URL" validate:"http_url"`
	// APIServerURL is the URL of the Kubernetes API for Pods.
	APIServerURL T `env:"API_SERVER_URL" validate:"http_url"`
	// The services, which the explorer calls when a visitor submits its form.
	ClientsURL  T `env:"CLIENTS_URL" validate:"http_url"`
	OrdersURL   T `env:"ORDERS_URL" validate:"http_url"`
	ProductsURL T `env:"PRODUCTS_URL" validate:"http_url"`
	// TracesPort is the port that receives the traces of the services.
	TracesPort T `env:"TRACES_PORT" validate:"port"`
	// ProbePort is the port where the services' Pods serve probes.
	ProbePort T `env:"PROBE_PORT" validate:"port"`
	// Topology is what the Pulumi program declared, as the JSON of a Topology.
	Topology T `env:"TOPOLOGY" validate:"topology"`
}

// App implements Environment.
func (Explorer[T]) App() string { return ExplorerName }

// Probe is the environment of the probe, the sidecar that serves probes inside the explorer's Pod.
type Probe[T any] struct {
	// Port is on 127.0.0.1, which only the containers of the Pod can reach.
	Port      T `env:"PORT" validate:"port"`
	Allowlist Allowlist[T]
}

// App implements Environment.
func (Probe[T]) App() string { return ProbeName }
