package database

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are those of the pool: connections in use and idle, and how often and how long was waited for one. Name is
// the value of their label db_name.
func (d *Database) Metrics(name string) prometheus.Collector {
	return collectors.NewDBStatsCollector(d.pool, name)
}
