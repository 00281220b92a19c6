package service_test

import "testing"

func TestRequestsAndThePoolAreMeasured(t *testing.T) {
	products := serve(t)
	products.Do(t, "GET", "/products", "")
	products.Do(t, "GET", "/products", "")
	products.WantMetrics(t,
		`http_requests_total{method="GET",route="/products",status="200"} 2`,
		`go_sql_max_open_connections{db_name="products"} 10`,
		`go_sql_wait_count_total{db_name="products"} 0`,
	)
}
