package database

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics returns a collector for the pool: connections in use and idle, and the number and duration of waits for one. Name
// is the value of the label db_name.
func (d *Database) Metrics(name string) prometheus.Collector {
	return collectors.NewDBStatsCollector(d.pool, name)
}
