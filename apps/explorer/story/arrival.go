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
		Text: "The caller connects to the address that DNS returned, and never sees that the other end has another: the node replaces it on " +
			"the way there, and on the way back.",
		Facts:    []Fact{},
		Commands: r.ask("/measurement?url=" + r.to.URL),
	}
	if r.to.Kind == contract.ExternalNode {
		step.Text = "The caller connects to the address that DNS returned. The server is outside of the namespace, where the explorer does not read."
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
		Text:     "The first byte of the answer has the whole way behind it. A GET for /readyz is asked, which changes nothing.",
		Commands: []string{r.kubectl("logs %s --tail=20", object(r.seen, r.to.Workload))},
	}
	switch r.target.Scheme {
	case "postgresql":
		step.Text = "The first byte of the answer has the whole way behind it. PostgreSQL is asked, in 8 bytes, whether it speaks TLS: it answers before anybody logs in."
	case "tcp":
		step.Text = "Nothing is sent: a connection is all that is measured here."
	}
	if r.to.Kind == contract.ExternalNode {
		step.Commands = r.ask("/measurement?url=" + r.to.URL)
	}
	if answer := r.measured.Answer; answer != nil {
		step.Facts = append(step.Facts, Fact{"Answer", answer.Text}, Fact{"Answered by the Pod", cmp.Or(answer.Pod, "not in this protocol")})
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
