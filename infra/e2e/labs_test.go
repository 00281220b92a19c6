//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/contract"
)

// labs breaks the demo in every way that the configuration knows. Each time the explorer has to name the cause, and
// afterwards everything is as declared again.
func (s *story) labs(t *testing.T) {
	for _, lab := range contract.Labs() {
		t.Run(string(lab), func(t *testing.T) {
			s.t = t
			began := time.Now()
			s.run(fmt.Sprintf("pulumi config set lab %s && pulumi up --yes --skip-preview", lab))
			broken := time.Now()
			s.browse(t, "lab", string(lab))
			t.Logf("%s: broken after %.1f s, explained %.1f s later", lab, broken.Sub(began).Seconds(), time.Since(broken).Seconds())
		})
	}
	s.t = t
	s.run("pulumi config rm lab && pulumi up --yes --skip-preview && make ready")
	s.verified(t)
}
