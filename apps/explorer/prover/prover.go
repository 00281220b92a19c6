// Package prover proves which connections succeed: from every workload to every Service, database and Pod. It compares the
// declared topology with measurements from inside the Pods. The page /matrix and make verify show the result.
//
// Start with [Prover.Measure]. plan.go lists the connections, expect.go the expected verdicts, and conclude.go decides
// whether the cluster enforces NetworkPolicies.
package prover

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/probe"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// roundTimeout bounds a whole round. A denied row takes two seconds, and there are about forty per Pod.
	roundTimeout = 25 * time.Second
	// maxConcurrent is how many rows one Pod measures at the same time.
	maxConcurrent = 8
)

// Prover measures the matrix.
type Prover struct {
	topology contract.Topology
	cluster  diagnosis.Cluster
	agents   *agents.Agents

	// running holds one element during a round: concurrent rounds would slow each other down.
	running chan struct{}
}

// New returns a prover of a topology.
func New(topology contract.Topology, cluster diagnosis.Cluster, agents *agents.Agents) *Prover {
	return &Prover{topology: topology, cluster: cluster, agents: agents.ForMatrices(), running: make(chan struct{}, 1)}
}

// Measure measures the whole matrix, which takes a few seconds. Each call runs its own round, because an earlier one
// may be outdated, and blocks during the rounds of other calls. The error is a *problem.Error with status 503 if the
// state of the cluster is unknown, or if ctx ends while another round runs.
func (p *Prover) Measure(ctx context.Context) (matrix.Matrix, error) {
	select {
	case p.running <- struct{}{}:
		defer func() { <-p.running }()
	case <-ctx.Done():
		return matrix.Matrix{}, problem.New(http.StatusServiceUnavailable,
			"The matrix is being measured for other visitors. Try again later.").Because(ctx.Err())
	}
	ctx, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	return p.round(ctx)
}

func (p *Prover) round(ctx context.Context) (matrix.Matrix, error) {
	begin, seen := time.Now(), p.cluster.Network()
	if seen.Problem != "" {
		return matrix.Matrix{}, problem.New(http.StatusServiceUnavailable, "The matrix cannot be measured now. %s", seen.Problem)
	}
	rows := p.plan(seen)
	p.measure(ctx, rows)
	rows = p.current(rows)
	measured := matrix.Matrix{
		Namespace: seen.Namespace, MeasuredAt: begin.UTC(), Milliseconds: float64(time.Since(begin).Microseconds()) / 1000,
		Rows: make([]matrix.Row, 0, len(rows)),
	}
	for _, row := range rows {
		measured.Rows = append(measured.Rows, row.Row)
		if !row.Same {
			measured.Differences++
		}
	}
	measured.Enforced, measured.EnforcedDetail = p.conclude(rows)
	return measured, nil
}

// current removes differences that were measured from or to a Pod that has terminated since: a rollout is not a
// difference.
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

// measure fills in the rows. All Pods measure at the same time.
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
			group.SetLimit(maxConcurrent)
			for i := range ofPod {
				group.Go(func() error {
					p.fill(ctx, &ofPod[i])
					return nil
				})
			}
			_ = group.Wait() // the functions return nil
		})
		begin = end
	}
	pods.Wait()
}

// fill measures a row.
func (p *Prover) fill(ctx context.Context, row *planned) {
	if row.FromPod == "" {
		row.Measured, row.Detail = matrix.Unmeasured, fmt.Sprintf("No Pod of %s is running.", row.From)
		return
	}
	measured, err := p.agents.Measure(ctx, row.source, row.Target)
	if err != nil {
		row.Measured, row.Detail = matrix.Unmeasured, err.Error()
		p.unresolved(row)
		return
	}
	row.Milliseconds, row.Measured = measured.Milliseconds, verdict(row.Expected, measured)
	row.Same = row.Measured == row.Expected || row.Expected == matrix.Either
	if measured.Failure != nil {
		row.Code, row.Detail = measured.Failure.Code, measured.Failure.Detail
	}
	if !row.Same && measured.Failure != nil {
		p.diagnose(row, measured)
	}
}

// unresolved explains a failed measurement by policies that deny DNS to the Pod: before it connects to a Pod's address,
// it looks up the addresses of the demo's Pods.
func (p *Prover) unresolved(row *planned) {
	if row.ToPod == "" {
		return
	}
	from, _ := p.topology.Node(row.From)
	if why, denied := diagnosis.DeniedDNS(p.cluster.Network(), p.cluster.Policies(), p.topology, from); denied {
		row.Code, row.Cause, row.Detail, row.Command = why.Code, string(why.Cause), why.Detail, why.Command
	}
}

// verdict returns whether the connection was made. If it is expected to be allowed, the server must respond, too.
func verdict(expected matrix.Verdict, measured probe.Measurement) matrix.Verdict {
	switch {
	case measured.Connection == nil:
		return matrix.Denied
	case expected == matrix.Allowed && measured.Failure != nil:
		return matrix.Unanswered
	}
	return matrix.Allowed
}

// diagnose explains a difference in the same way as the map.
func (p *Prover) diagnose(row *planned, measured probe.Measurement) {
	from, _ := p.topology.Node(row.From)
	to, found := p.topology.Node(row.To)
	if !found {
		return // the probe on localhost: no Service and no policy applies to it
	}
	why := diagnosis.Of(p.cluster.Network(), p.cluster.Policies(), p.topology, from, to, measured)
	if row.ToPod != "" {
		why = diagnosis.OfPod(p.cluster.Network(), p.cluster.Policies(), p.topology, from, to, row.target.pod,
			row.target.port(), measured)
	}
	row.Code, row.Cause, row.Detail, row.Command = why.Code, string(why.Cause), why.Detail, why.Command
}
