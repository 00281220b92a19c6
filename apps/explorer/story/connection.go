package story

import (
	"cmp"
	"fmt"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// connection returns the step of the TCP connection.
func (r request) connection() Step {
	step := Step{
		ID: "connection", Title: "TCP connects",
		Text: "The caller connects to the address that DNS returned. The node replaces it with a Pod's address in each " +
			"packet, and reverses this in the answers: the caller never sees the Pod's address.",
		Facts:    []Fact{},
		Commands: r.measureCommand("/measurement?url=" + r.to.URL),
	}
	if r.to.Kind == contract.ExternalNode {
		step.Text = "The caller connects to the address that DNS returned. The server is outside the namespace, so the " +
			"explorer cannot read its state."
	}
	if connection := r.measured.Connection; connection != nil {
		step.Facts = []Fact{{"From", connection.Local}, {"To", connection.Remote}}
		step.Milliseconds = connection.Milliseconds
	}
	return step
}

// answer returns the step of the called service's answer.
func (r request) answer() Step {
	step := Step{
		ID: "answer", Title: "The called service answers", Facts: []Fact{},
		Text:     "The time ends with the first byte of the answer. The Pod sends GET /readyz, which changes nothing.",
		Commands: []Command{r.kubectl("logs %s --tail=20", object(r.seen, r.to.Workload))},
	}
	switch r.target.Scheme {
	case "postgresql":
		step.Text = "The time ends with the first byte of the answer. The Pod sends an SSLRequest of 8 bytes: PostgreSQL " +
			"answers it before the client logs in."
	case "tcp":
		step.Text = "Nothing is sent: only the connection is measured."
	}
	if r.to.Kind == contract.ExternalNode {
		step.Commands = r.measureCommand("/measurement?url=" + r.to.URL)
	}
	if answer := r.measured.Answer; answer != nil {
		step.Facts = append(step.Facts, Fact{"Answer", answer.Text},
			Fact{"Answered by the Pod", cmp.Or(answer.Pod, "unknown in this protocol")})
		step.Milliseconds = answer.Milliseconds
	}
	return step
}

// outcome describes the result of a measurement in a few words.
func outcome(measured probe.Measurement) string {
	switch {
	case measured.Failure != nil:
		return string(measured.Failure.Code) + ": " + measured.Failure.Detail
	case measured.Answer != nil:
		return fmt.Sprintf("connected and answered %s in %.1f ms", measured.Answer.Text, measured.Milliseconds)
	default:
		return fmt.Sprintf("connected in %.1f ms", measured.Milliseconds)
	}
}
