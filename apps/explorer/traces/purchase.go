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

// stepTimeout bounds one step. The services answer in milliseconds, and their own calls time out after three seconds.
const stepTimeout = 3 * time.Second

// Purchase holds the fields of the form.
type Purchase struct {
	FirstName string
	LastName  string
	Product   string
}

// Buyer makes purchases: it creates a client, a product and an order through the services' API.
type Buyer struct {
	store                     *Store
	tracer                    trace.Tracer
	http                      *http.Client
	clients, orders, products peer
}

// peer is a called service. Its name is the name of its node.
type peer struct{ name, base string }

// NewBuyer returns a buyer that calls the services at these URLs, and adds its spans to the store.
func NewBuyer(clientsURL, ordersURL, productsURL string, store *Store) *Buyer {
	return &Buyer{
		store:  store,
		tracer: newTracer(store),
		http: &http.Client{
			// A new connection for each request, like curl: the Service selects a Pod for each.
			Transport:     &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		clients:  peerAt(contract.ClientsName, clientsURL),
		orders:   peerAt(contract.OrdersName, ordersURL),
		products: peerAt(contract.ProductsName, productsURL),
	}
}

func peerAt(name, url string) peer { return peer{name, strings.TrimSuffix(url, "/")} }

// Buy makes a purchase as one trace, and returns the trace's id, even with an error. The error is a *StepError. Buy
// does not retry a failed step, because the visitor should see the failure, and does not undo earlier steps.
func (b *Buyer) Buy(ctx context.Context, purchase Purchase) (traceID string, err error) {
	ctx, span := b.tracer.Start(ctx, "purchase", trace.WithNewRoot())
	defer span.End()
	b.store.keep(span.SpanContext().TraceID())
	if err = b.steps(ctx, purchase); err != nil {
		span.SetStatus(codes.Error, "")
	}
	return span.SpanContext().TraceID().String(), err
}

// steps sends the requests of a purchase. It stops at the first failure.
func (b *Buyer) steps(ctx context.Context, purchase Purchase) error {
	// A unique tax code of letters and digits.
	taxCode, product := "DEMO"+rand.Text()[:12], uuid.NewString()
	err := b.do(ctx, step{
		what: "create the client", peer: b.clients, method: http.MethodPost, route: "/clients",
		body: map[string]string{"taxCode": taxCode, "firstName": purchase.FirstName, "lastName": purchase.LastName},
	}, nil)
	if err != nil {
		return err
	}
	err = b.do(ctx, step{
		what: "create the product", peer: b.products, method: http.MethodPost, route: "/products",
		body: map[string]string{"code": product, "name": purchase.Product},
	}, nil)
	if err != nil {
		return err
	}
	var order struct {
		ID uuid.UUID `json:"id"`
	}
	err = b.do(ctx, step{
		what: "create the order", peer: b.orders, method: http.MethodPost, route: "/orders",
		body: map[string]string{"clientTaxCode": taxCode}, key: uuid.NewString(),
	}, &order)
	if err != nil {
		return err
	}
	err = b.do(ctx, step{
		what: "add the product to the order", peer: b.orders, method: http.MethodPut,
		route: "/orders/{id}/products/{code}", values: []string{order.ID.String(), product},
	}, nil)
	if err != nil {
		return err
	}
	return b.do(ctx, step{
		what: "read the order", peer: b.orders, method: http.MethodGet, route: "/orders/{id}", values: []string{order.ID.String()},
	}, nil)
}
