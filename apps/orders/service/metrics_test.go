package service_test

import "testing"

func TestRequestsAndThePoolAreMeasured(t *testing.T) {
	orders := serve(t)
	orders.Do(t, "GET", "/orders", "")
	orders.Do(t, "GET", "/orders", "")
	orders.WantMetrics(t,
		`http_requests_total{method="GET",route="/orders",status="200"} 2`,
		`go_sql_max_open_connections{db_name="orders"} 10`,
		`go_sql_wait_count_total{db_name="orders"} 0`,
	)
}
