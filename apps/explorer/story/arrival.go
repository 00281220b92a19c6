package story

import (
	"cmp"
	"fmt"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/measure"
)

// connection is the TCP connection.
func (r request) connection() Step {
	step := Step{
		ID: "connection", Title: "TCP connects",
		Text: "The caller connects to the address that DNS returned. The node replaces it with a Pod's address on the way there, and back again on " +
			"the way back: the caller never sees the Pod's.",
		Facts:    []Fact{},
		Commands: r.ask("/measurement?url=" + r.to.URL),
	}
	if r.to.Kind == contract.ExternalNode {
		step.Text = "The caller connects to the address that DNS returned. The server is outside of the namespace, which is all that the explorer can read."
	}
	if connection := r.measured.Connection; connection != nil {
		step.Facts = []Fact{{"From", connection.Local}, {"To", connection.Remote}}
		step.Milliseconds = connection.Milliseconds
	}
	return step
}

// answer is the first answer of the called service.
func (r request) answer() Step {
	step := Step{
		ID: "answer", Title: "The called service answers", Facts: []Fact{},
		Text:     "The time ends with the first byte of the answer. The Pod sends GET /readyz, which changes nothing.",
		Commands: []Command{r.kubectl("logs %s --tail=20", object(r.seen, r.to.Workload))},
	}
	switch r.target.Scheme {
	case "postgresql":
		step.Text = "The time ends with the first byte of the answer. The Pod sends an SSLRequest of 8 bytes: PostgreSQL answers it before anybody logs in."
	case "tcp":
		step.Text = "Nothing is sent: only the connection is measured."
	}
	if r.to.Kind == contract.ExternalNode {
		step.Commands = r.ask("/measurement?url=" + r.to.URL)
	}
	if answer := r.measured.Answer; answer != nil {
		step.Facts = append(step.Facts, Fact{"Answer", answer.Text}, Fact{"Answered by the Pod", cmp.Or(answer.Pod, "unknown in this protocol")})
		step.Milliseconds = answer.Milliseconds
	}
	return step
}

// outcome is how a measurement ended, in a few words.
func outcome(measured measure.Measurement) string {
	switch {
	case measured.Failure != nil:
		return string(measured.Failure.Code) + ": " + measured.Failure.Detail
	case measured.Answer != nil:
		return fmt.Sprintf("connected and answered %s in %.1f ms", measured.Answer.Text, measured.Milliseconds)
	default:
		return fmt.Sprintf("connected in %.1f ms", measured.Milliseconds)
	}
}
