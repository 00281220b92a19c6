package prose_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/explorer/prose"
)

func TestOneIsSingular(t *testing.T) {
	for number, want := range map[int]string{0: "0 Pods", 1: "1 Pod", 2: "2 Pods"} {
		if got := prose.Count(number, "Pod"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNamesAreListedWithAnAndBeforeTheLast(t *testing.T) {
	names := []string{"pods", "services", "deployments"}
	for number, want := range []string{"", "pods", "pods and services", "pods, services and deployments"} {
		if got := prose.List(names[:number]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMillisecondsHaveThreeDigits(t *testing.T) {
	for number, want := range map[float64]string{0.4: "0.40 ms", 9.94: "9.94 ms", 9.96: "10.0 ms", 99.4: "99.4 ms", 99.6: "100 ms", 2311: "2311 ms"} {
		if got := prose.Milliseconds(number); got != want {
			t.Errorf("%v is %q, want %q", number, got, want)
		}
	}
}
