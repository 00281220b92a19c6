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

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// parallel limits the concurrent calls to products for one order.
	parallel = 8
	// expandTimeout limits all calls for one order together. It is the timeout of a single call, however many products the
	// order has.
	expandTimeout = 3 * time.Second
)

// Expanded is an order with its client and products. If the client could not be read it is null; a product that could
// not be read has its code only. Missing has the reasons.
type Expanded struct {
	ID            uuid.UUID `json:"id"`
	ClientTaxCode string    `json:"clientTaxCode"`
	Client        *Client   `json:"client"`
	Products      []Product `json:"products"`
	Missing       []Missing `json:"missing"`
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
}

// Missing is a part of an order that could not be read.
type Missing struct {
	// Part is the place in the answer, such as client or products[0].
	Part string `json:"part"`
	// Service is the name of the peer that holds the part.
	Service string `json:"service"`
	// Status is 404 if the part does not exist, 503 if the peer is unavailable, and 502 if its answer is invalid.
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func (s orders) read(ctx context.Context, request byID) (Expanded, error) {
	order, err := s.find(ctx, request.ID)
	if err != nil {
		return Expanded{}, err
	}
	return s.expand(ctx, order), nil
}

// expand reads the client and the products concurrently. It never fails: an order is useful without them.
func (s orders) expand(ctx context.Context, order Order) Expanded {
	ctx, cancel := context.WithTimeout(ctx, expandTimeout)
	defer cancel()
	expanded := Expanded{
		ID: order.ID, ClientTaxCode: order.ClientTaxCode, CreatedAt: order.CreatedAt, UpdatedAt: order.UpdatedAt,
		Products: make([]Product, len(order.Products)),
		Missing:  []Missing{},
	}
	gaps := make([]*Missing, 1+len(order.Products))
	var calls sync.WaitGroup
	calls.Go(func() {
		client, err := s.clientOf(ctx, order)
		logGap(ctx, s.clients.Name(), err)
		expanded.Client, gaps[0] = client, gap("client", s.clients.Name(), err)
	})
	read := s.productReader()
	free := make(chan struct{}, parallel)
	for i, line := range order.Products {
		free <- struct{}{}
		calls.Go(func() {
			defer func() { <-free }()
			expanded.Products[i] = Product{Code: line.Code}
			product, err := read(ctx, line.Code)
			if err == nil {
				expanded.Products[i] = *product
			}
			gaps[1+i] = gap(fmt.Sprintf("products[%d]", i), s.products.Name(), err)
		})
	}
	calls.Wait()
	for _, gap := range gaps {
		if gap != nil {
			expanded.Missing = append(expanded.Missing, *gap)
		}
	}
	return expanded
}

// productReader returns a function that reads the products of one order. After the first 503 it returns that error
// without a call: an order with many products would otherwise add load to a peer in trouble, and wait for each call.
func (s orders) productReader() func(context.Context, uuid.UUID) (*Product, error) {
	var unavailable atomic.Pointer[problem.Error]
	return func(ctx context.Context, code uuid.UUID) (*Product, error) {
		if known := unavailable.Load(); known != nil {
			return nil, known
		}
		product, err := s.product(ctx, code)
		var known *problem.Error
		if errors.As(err, &known) && known.Status == http.StatusServiceUnavailable && !unavailable.CompareAndSwap(nil, known) {
			return nil, known // already logged for another product
		}
		logGap(ctx, s.products.Name(), err)
		return product, err
	}
}

// logGap logs the cause of a gap, which the answer does not have. A 404 is not a fault and is not logged.
func logGap(ctx context.Context, service string, err error) {
	if err != nil && problem.From(err).Status >= http.StatusInternalServerError {
		slog.WarnContext(ctx, "order returned incomplete: peer failed", "service", service, "error", err)
	}
}

func gap(part, service string, err error) *Missing {
	if err == nil {
		return nil
	}
	known := problem.From(err)
	return &Missing{Part: part, Service: service, Status: known.Status, Detail: known.Detail}
}
