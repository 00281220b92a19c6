package matrix

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	networking "k8s.io/api/networking/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/measure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// roundTimeout is for all rows. A row that is denied takes two seconds, and there are some forty of them a Pod.
	roundTimeout = 25 * time.Second
	// atOnce is how many rows one Pod measures at the same time.
	atOnce = 8
)

// Cluster is what the prover knows of the cluster; a *network.Watcher is one.
type Cluster interface {
	Network() network.Network
	Policies() []networking.NetworkPolicy
}

// Prover measures the matrix.
type Prover struct {
	topology contract.Topology
	cluster  Cluster
	agents   *agents.Agents

	// turn has one place: two rounds at the same time would measure each other.
	turn chan struct{}
}

// New returns a prover of a topology.
func New(topology contract.Topology, cluster Cluster, agents *agents.Agents) *Prover {
	return &Prover{topology: topology, cluster: cluster, agents: agents.ForMatrices(), turn: make(chan struct{}, 1)}
}

// Measure measures the whole matrix, which takes some seconds. Whoever asks gets a round that begins afterwards: a proof
// from before the last change would prove nothing. The error is a *problem.Error with status 503 if the cluster is not
// known at the moment, or if the rounds of others last until ctx ends.
func (p *Prover) Measure(ctx context.Context) (Matrix, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return Matrix{}, problem.New(http.StatusServiceUnavailable, "Others measure the matrix at the moment. Try again later.").Because(ctx.Err())
	}
	ctx, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	return p.round(ctx)
}

func (p *Prover) round(ctx context.Context) (Matrix, error) {
	begin, seen := time.Now(), p.cluster.Network()
	if seen.Problem != "" {
		return Matrix{}, problem.New(http.StatusServiceUnavailable, "The matrix cannot be measured now. %s", seen.Problem)
	}
	rows := p.plan(seen)
	p.measure(ctx, rows)
	rows = p.current(rows)
	matrix := Matrix{
		Namespace: seen.Namespace, MeasuredAt: begin.UTC(), Milliseconds: float64(time.Since(begin).Microseconds()) / 1000,
		Rows: make([]Row, 0, len(rows)),
	}
	for _, row := range rows {
		matrix.Rows = append(matrix.Rows, row.Row)
		if !row.Same {
			matrix.Differences++
		}
	}
	matrix.Enforced, matrix.EnforcedDetail = p.conclude(rows)
	return matrix, nil
}

// current leaves out what was measured from or to a Pod that has ended since: that is a rollout, and no difference.
func (p *Prover) current(rows []planned) []planned {
	seen := p.cluster.Network()
	return slices.DeleteFunc(rows, func(row planned) bool {
		from, _ := p.topology.Node(row.From)
		measures := row.FromPod == "" || slices.ContainsFunc(p.agents.Sources(seen, from), func(source agents.Source) bool {
			return source.Pod.Name == row.FromPod
		})
		to, _ := seen.Workload(row.target.to.Workload)
		runs := row.ToPod == "" || slices.ContainsFunc(to.Pods, func(pod network.Pod) bool {
			return pod.Name == row.ToPod && pod.Ready && pod.State != "Terminating"
		})
		return !row.Same && (!measures || !runs)
	})
}

// measure fills in the rows, those of all Pods at the same time.
func (p *Prover) measure(ctx context.Context, rows []planned) {
	var pods sync.WaitGroup
	for begin := 0; begin < len(rows); {
		end := begin
		for end < len(rows) && rows[end].From == rows[begin].From && rows[end].FromPod == rows[begin].FromPod {
			end++
		}
		ofPod := rows[begin:end]
		pods.Go(func() {
			var group errgroup.Group
			group.SetLimit(atOnce)
			for i := range ofPod {
				group.Go(func() error {
					p.fill(ctx, &ofPod[i])
					return nil
				})
			}
			_ = group.Wait() // none returns an error
		})
		begin = end
	}
	pods.Wait()
}

// fill measures a row.
func (p *Prover) fill(ctx context.Context, row *planned) {
	if row.FromPod == "" {
		row.Measured, row.Detail = Unmeasured, fmt.Sprintf("No Pod of %s runs that could measure.", row.From)
		return
	}
	measured, err := p.agents.Measure(ctx, row.source, row.Target)
	if err != nil {
		row.Measured, row.Detail = Unmeasured, err.Error()
		p.unresolved(row)
		return
	}
	row.Milliseconds, row.Measured = measured.Milliseconds, verdict(row.Expected, measured)
	row.Same = row.Measured == row.Expected || row.Expected == Either
	if measured.Failure != nil {
		row.Code, row.Detail = measured.Failure.Code, measured.Failure.Detail
	}
	if !row.Same && measured.Failure != nil {
		p.diagnose(row, measured)
	}
}

// unresolved explains that a Pod does not measure Pods because the policies deny DNS to it: it looks up which addresses are
// Pods of the demo.
func (p *Prover) unresolved(row *planned) {
	if row.ToPod == "" {
		return
	}
	from, _ := p.topology.Node(row.From)
	if why, is := diagnosis.DeniedDNS(p.cluster.Network(), p.cluster.Policies(), p.topology, from); is {
		row.Code, row.Cause, row.Detail, row.Command = why.Code, why.Cause, why.Detail, why.Command
	}
}

// verdict returns whether the connection was made. Where it is expected to be allowed, a response must come, too.
func verdict(expected Verdict, measured measure.Measurement) Verdict {
	switch {
	case measured.Connection == nil:
		return Denied
	case expected == Allowed && measured.Failure != nil:
		return Unanswered
	}
	return Allowed
}

// diagnose explains a difference as the map does.
func (p *Prover) diagnose(row *planned, measured measure.Measurement) {
	from, _ := p.topology.Node(row.From)
	to, found := p.topology.Node(row.To)
	if !found {
		return // the probe on localhost, which no Service and no policy is about
	}
	why := diagnosis.Of(p.cluster.Network(), p.cluster.Policies(), p.topology, from, to, measured)
	if row.ToPod != "" {
		why = diagnosis.OfPod(p.cluster.Network(), p.cluster.Policies(), p.topology, from, to, row.target.pod, row.target.port(), measured)
	}
	row.Code, row.Cause, row.Detail, row.Command = why.Code, why.Cause, why.Detail, why.Command
}
