package prose_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/explorer/prose"
)

func TestOneIsNotSeveral(t *testing.T) {
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
