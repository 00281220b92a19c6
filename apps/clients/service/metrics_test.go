package service_test

import "testing"

func TestRequestsThePoolAndTheOutboxAreMeasured(t *testing.T) {
	clients := serve(t)
	clients.Do(t, "GET", "/clients", "")
	clients.Do(t, "GET", "/clients", "")
	clients.WantMetrics(t,
		`http_requests_total{method="GET",route="/clients",status="200"} 2`,
		`go_sql_max_open_connections{db_name="clients"} 10`,
		`go_sql_wait_count_total{db_name="clients"} 0`,
		`outbox_messages 0`,
		`outbox_oldest_message_age_seconds 0`,
	)
}
