package traces

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"example.com/kubernetes-networking/apps/contract"
)

// stepTimeout is for one step. The services answer in milliseconds, and give up on their own peers after three seconds.
const stepTimeout = 3 * time.Second

// Purchase is what a visitor types.
type Purchase struct {
	FirstName string
	LastName  string
	Product   string
}

// Shopper does what a visitor could do with curl: it makes a client, a product and an order.
type Shopper struct {
	store                     *Store
	tracer                    trace.Tracer
	http                      *http.Client
	clients, orders, products peer
}

// peer is a service as the shopper knows it. Its name is that of its node.
type peer struct{ name, base string }

// NewShopper returns a shopper that calls the services at these URLs, and whose traces are in the store.
func NewShopper(clientsURL, ordersURL, productsURL string, store *Store) *Shopper {
	return &Shopper{
		store:  store,
		tracer: newTracer(store),
		http: &http.Client{
			// Like curl, a connection for each request: the Service chooses a Pod anew.
			Transport:     &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		clients:  peerAt(contract.Clients[string]{}.App(), clientsURL),
		orders:   peerAt(contract.Orders[string]{}.App(), ordersURL),
		products: peerAt(contract.Products[string]{}.App(), productsURL),
	}
}

func peerAt(name, url string) peer { return peer{name, strings.TrimSuffix(url, "/")} }

// Shop makes the purchase as one trace, and returns its id, which is there from the beginning and also with an error. The
// error is a *StepError: nothing is tried again, because a visitor is to see what happens, and what earlier steps made
// stays.
func (s *Shopper) Shop(ctx context.Context, purchase Purchase) (traceID string, err error) {
	ctx, span := s.tracer.Start(ctx, "purchase", trace.WithNewRoot())
	defer span.End()
	s.store.keep(span.SpanContext().TraceID())
	if err = s.buy(ctx, purchase); err != nil {
		span.SetStatus(codes.Error, "")
	}
	return span.SpanContext().TraceID().String(), err
}

// buy does one step after the other.
func (s *Shopper) buy(ctx context.Context, purchase Purchase) error {
	// Letters and digits are what a tax code is made of. Nobody else has this one.
	taxCode, product := "DEMO"+rand.Text()[:12], uuid.NewString()
	err := s.do(ctx, step{
		what: "create the client", peer: s.clients, method: http.MethodPost, route: "/clients",
		body: map[string]string{"taxCode": taxCode, "firstName": purchase.FirstName, "lastName": purchase.LastName},
	}, nil)
	if err != nil {
		return err
	}
	err = s.do(ctx, step{
		what: "create the product", peer: s.products, method: http.MethodPost, route: "/products",
		body: map[string]string{"code": product, "name": purchase.Product},
	}, nil)
	if err != nil {
		return err
	}
	var order struct {
		ID uuid.UUID `json:"id"`
	}
	err = s.do(ctx, step{
		what: "create the order", peer: s.orders, method: http.MethodPost, route: "/orders",
		body: map[string]string{"clientTaxCode": taxCode}, key: uuid.NewString(),
	}, &order)
	if err != nil {
		return err
	}
	err = s.do(ctx, step{
		what: "add the product to the order", peer: s.orders, method: http.MethodPut,
		route: "/orders/{id}/products/{code}", values: []string{order.ID.String(), product},
	}, nil)
	if err != nil {
		return err
	}
	return s.do(ctx, step{
		what: "read the order", peer: s.orders, method: http.MethodGet, route: "/orders/{id}", values: []string{order.ID.String()},
	}, nil)
}
