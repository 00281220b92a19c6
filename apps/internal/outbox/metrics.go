package outbox

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"gorm.io/gorm"
)

// scrapeTimeout limits the query of a scrape, which has its own timeout of several seconds.
const scrapeTimeout = time.Second

type metrics struct {
	messages, age *prometheus.Desc
	deliveries    *prometheus.CounterVec
}

func newMetrics() metrics {
	return metrics{
		messages: prometheus.NewDesc("outbox_messages",
			"Messages that are not delivered yet. The replicas of a service share them: do not add up.", nil, nil),
		age: prometheus.NewDesc("outbox_oldest_message_age_seconds",
			"How long the oldest message has been waiting, 0 if there is none.", nil, nil),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "outbox_deliveries_total",
			Help: "Deliveries that this replica tried, by result: acknowledged or failed.",
		}, []string{"result"}),
	}
}

func (m metrics) count(delivered error) {
	result := "acknowledged"
	if delivered != nil {
		result = "failed"
	}
	m.deliveries.WithLabelValues(result).Inc()
}

func (m metrics) describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- m.messages
	descriptions <- m.age
	m.deliveries.Describe(descriptions)
}

// collect omits the gauges while the database is unavailable, because an error would fail the scrape of all metrics.
func (m metrics) collect(db *gorm.DB, values chan<- prometheus.Metric) {
	m.deliveries.Collect(values)
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	var waiting struct{ Messages, Age float64 }
	const read = `SELECT count(*) AS messages,
		coalesce(extract(epoch FROM now() - min(created_at)), 0) AS age FROM outbox_messages`
	if err := db.WithContext(ctx).Raw(read).Scan(&waiting).Error; err != nil {
		slog.DebugContext(ctx, "cannot read the outbox for its metrics", "error", err)
		return
	}
	values <- prometheus.MustNewConstMetric(m.messages, prometheus.GaugeValue, waiting.Messages)
	values <- prometheus.MustNewConstMetric(m.age, prometheus.GaugeValue, waiting.Age)
}
