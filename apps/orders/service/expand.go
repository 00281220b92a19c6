package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

const (
	// parallel is how many products of one order are asked for at the same time.
	parallel = 8
	// expandTimeout is for all questions about one order together: as long as one call, however many products it has.
	expandTimeout = 3 * time.Second
)

// Expanded is an order with what the peers know about it. A client that could not be read is null, and a product that
// could not be read has its code alone; Missing says why.
type Expanded struct {
	ID            uuid.UUID `json:"id"`
	ClientTaxCode string    `json:"clientTaxCode"`
	Client        *Client   `json:"client"`
	Products      []Product `json:"products"`
	Missing       []Missing `json:"missing"`
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
}

// Missing is one part of an order that its owner did not tell.
type Missing struct {
	// Part is where the gap is in the answer: client, products[0].
	Part string `json:"part"`
	// Service is the peer that was asked.
	Service string `json:"service"`
	// Status is 404 when the peer has no such thing, 503 when it is away, 502 when its answer is not understood.
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func (s orders) read(c *gin.Context) error {
	id := web.Parameters[byID](c).ID
	order, err := s.find(c.Request.Context(), id)
	if err != nil {
		return err
	}
	web.OK(c, s.expand(c.Request.Context(), order))
	return nil
}

// expand asks the peers, all at the same time. It never fails: an order is worth reading without them.
func (s orders) expand(ctx context.Context, order Order) Expanded {
	ctx, cancel := context.WithTimeout(ctx, expandTimeout)
	defer cancel()
	expanded := Expanded{
		ID: order.ID, ClientTaxCode: order.ClientTaxCode, CreatedAt: order.CreatedAt, UpdatedAt: order.UpdatedAt,
		Products: make([]Product, len(order.Products)),
		Missing:  []Missing{},
	}
	gaps := make([]*Missing, 1+len(order.Products))
	var asked sync.WaitGroup
	asked.Go(func() {
		client, err := s.clientOf(ctx, order)
		logGap(ctx, s.clients.Name(), err)
		expanded.Client, gaps[0] = client, gap("client", s.clients.Name(), err)
	})
	ask := s.asker()
	free := make(chan struct{}, parallel)
	for i, line := range order.Products {
		free <- struct{}{}
		asked.Go(func() {
			defer func() { <-free }()
			expanded.Products[i] = Product{Code: line.Code}
			product, err := ask(ctx, line.Code)
			if err == nil {
				expanded.Products[i] = *product
			}
			gaps[1+i] = gap(fmt.Sprintf("products[%d]", i), s.products.Name(), err)
		})
	}
	asked.Wait()
	for _, gap := range gaps {
		if gap != nil {
			expanded.Missing = append(expanded.Missing, *gap)
		}
	}
	return expanded
}

// asker returns how to ask for the products of one order. Once products is away it is not asked for the others: an
// order with many products would ask a peer in trouble many times, and wait as often.
func (s orders) asker() func(context.Context, uuid.UUID) (*Product, error) {
	var away atomic.Pointer[problem.Error]
	return func(ctx context.Context, code uuid.UUID) (*Product, error) {
		if known := away.Load(); known != nil {
			return nil, known
		}
		product, err := s.product(ctx, code)
		var known *problem.Error
		if errors.As(err, &known) && known.Status == http.StatusServiceUnavailable && !away.CompareAndSwap(nil, known) {
			return nil, known // another product's turn has logged it
		}
		logGap(ctx, s.products.Name(), err)
		return product, err
	}
}

// logGap tells operators what the caller is told without its cause. That a peer has no such thing is no fault.
func logGap(ctx context.Context, service string, err error) {
	if err != nil && problem.From(err).Status >= http.StatusInternalServerError {
		slog.WarnContext(ctx, "an order is told without a part of it", "service", service, "error", err)
	}
}

func gap(part, service string, err error) *Missing {
	if err == nil {
		return nil
	}
	known := problem.From(err)
	return &Missing{Part: part, Service: service, Status: known.Status, Detail: known.Detail}
}
