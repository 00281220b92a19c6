package network_test

import (
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/network/networktest"
)

// says waits until the picture's problem is a text, in which time and duration are patterns.
func says(t *testing.T, watcher *network.Watcher, text string) network.Network {
	t.Helper()
	pattern := strings.NewReplacer("<time>", `\d\d:\d\d:\d\d UTC`, "<duration>", `\d+ s`).Replace(regexp.QuoteMeta(text))
	whole := regexp.MustCompile("^" + pattern + "$")
	return networktest.Await(t, watcher, func(picture network.Network) bool { return whole.MatchString(picture.Problem) })
}

func TestBeforeTheFirstAnswerThePictureSaysWhatItWaitsFor(t *testing.T) {
	t.Parallel()                                    // a watch that broke waits a second
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	host := "http://" + silent.Addr().String()
	watcher, err := network.Watch(t.Context(), &rest.Config{Host: host}, "demo")
	if err != nil {
		t.Fatal(err)
	}
	says(t, watcher, "The Kubernetes API has not returned the pods, services, deployments, statefulsets, endpointslices, "+
		"networkpolicies and configmaps yet.")
	picture := says(t, watcher, "The Kubernetes API at "+host+" has not answered for <duration> (TIMEOUT): nothing is known yet.")
	if picture.Workloads == nil || picture.Services == nil {
		t.Error("an empty picture has null where JSON should have empty lists")
	}
}

func TestANamespaceWithoutTheDemoSaysWhatToDo(t *testing.T) {
	t.Parallel() // a watch that broke waits a second
	says(t, networktest.New(t).Watch(t, "demo"), "No workload in the namespace demo has the label "+
		"app.kubernetes.io/part-of=kubernetes-networking: deploy the demo with pulumi up.")
}

func TestWhatMayNotBeReadIsNamedAndTheRestIsShown(t *testing.T) {
	t.Parallel() // a watch that broke waits a second
	for name, test := range map[string]struct {
		refuse func(*networktest.API)
		want   string
	}{
		"no verb for one resource": {
			func(api *networktest.API) {
				api.Forbid("list", "networkpolicies")
				api.Forbid("watch", "networkpolicies")
			},
			"The Kubernetes API does not let the explorer list networkpolicies in the namespace demo: give its service account a Role with the verbs list and watch for them.",
		},
		"no verb for two resources": {
			func(api *networktest.API) {
				for _, resource := range []string{"endpointslices", "networkpolicies"} {
					api.Forbid("list", resource)
					api.Forbid("watch", resource)
				}
			},
			"The Kubernetes API does not let the explorer list endpointslices and networkpolicies in the namespace demo: give its service account a Role with the verbs list and watch for them.",
		},
		"the verb list alone": {
			func(api *networktest.API) { api.Forbid("watch", "services") },
			"The Kubernetes API does not let the explorer watch services in the namespace demo: give its service account a Role with the verbs list and watch for them. What is shown may be old: the Pods and Services shown are from <time>, <duration> ago.",
		},
		"a token that has run out": {
			func(api *networktest.API) {
				api.Refuse("list", "services", http.StatusUnauthorized, meta.StatusReasonUnauthorized)
				api.Refuse("watch", "services", http.StatusUnauthorized, meta.StatusReasonUnauthorized)
			},
			"The Kubernetes API does not accept the explorer's service account token: delete the Pod, so that it gets a new one.",
		},
		"an error of the server": {
			func(api *networktest.API) {
				api.Refuse("list", "services", http.StatusInternalServerError, meta.StatusReasonInternalError)
				api.Refuse("watch", "services", http.StatusInternalServerError, meta.StatusReasonInternalError)
			},
			"The Kubernetes API did not list services in the namespace demo: no.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := networktest.New(t)
			api.Set(networktest.Demo()...)
			test.refuse(api)
			watcher := api.Watch(t, "demo")
			networktest.Await(t, watcher, func(picture network.Network) bool { return len(picture.Workloads) == 7 })
			says(t, watcher, test.want)
			start := time.Now()
			api.Set(networktest.Pod("orders-2", "orders", "10.244.0.9"))
			got := networktest.Await(t, watcher, func(picture network.Network) bool { return len(podsOf(picture, "orders")) == 2 })
			if old := strings.Contains(test.want, "<time>"); got.ObservedAt.Before(start) != old {
				t.Errorf("a picture after %s is of %s", start, got.ObservedAt)
			}
			api.Allow()
			networktest.Await(t, watcher, live)
		})
	}
}

func TestAnAPIThatIsAwayAtTheStartIsFoundWhenItComes(t *testing.T) {
	t.Parallel() // a watch that broke waits a second
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	api.Stop()
	watcher := api.Watch(t, "demo")
	says(t, watcher, "The Kubernetes API at "+api.URL()+" cannot be reached (REFUSED): The connection was refused: nothing "+
		"listens on that address and port, or a network policy rejects it.")
	api.Start()
	if got := networktest.Await(t, watcher, live); len(got.Workloads) != 7 {
		t.Errorf("%d workloads are shown, want all 7", len(got.Workloads))
	}
}

func TestAPictureThatIsOldSaysOfWhenItIsUntilTheWatchIsBack(t *testing.T) {
	t.Parallel() // a watch that broke waits a second
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	watcher := api.Watch(t, "demo")
	networktest.Await(t, watcher, live)

	api.Stop()
	const sentence = "The Kubernetes API has not answered for <duration> (REFUSED): the Pods and Services shown are from <time>, <duration> ago."
	old := says(t, watcher, sentence)
	if len(old.Workloads) != 7 {
		t.Errorf("%d workloads are still shown, want all 7", len(old.Workloads))
	}
	if at := old.ObservedAt.Format("15:04:05 UTC"); !strings.Contains(old.Problem, at) {
		t.Errorf("the picture is of %s and says: %s", at, old.Problem)
	}
	later := networktest.Await(t, watcher, func(picture network.Network) bool {
		return picture.Problem != "" && picture.Problem != old.Problem && !strings.Contains(picture.Problem, "for 0 s")
	})
	if !later.ObservedAt.Equal(old.ObservedAt) {
		t.Errorf("the picture was of %s, and now of %s, while nothing was heard", old.ObservedAt, later.ObservedAt)
	}

	pod := networktest.Pod("orders-1", "orders", "10.244.0.2")
	api.Set(networktest.Pod("orders-2", "orders", "10.244.0.9"))
	api.Delete(pod)
	api.Start()
	got := networktest.Await(t, watcher, live)
	if pods := podsOf(got, "orders"); len(pods) != 1 || pods[0].Name != "orders-2" {
		t.Errorf("the Pods of orders are %+v, want what changed in between", pods)
	}
}

func TestAnAPIThatHangsMakesThePictureOldThoughItsWatchesAreOpen(t *testing.T) {
	t.Parallel() // the API server is asked every three seconds
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	watcher := api.Watch(t, "demo")
	networktest.Await(t, watcher, live)
	resume := api.Hang()
	old := says(t, watcher, "The Kubernetes API has not answered for <duration> (TIMEOUT): the Pods and Services shown are from <time>, <duration> ago.")
	if len(old.Workloads) != 7 {
		t.Errorf("%d workloads are still shown, want all 7", len(old.Workloads))
	}
	resume()
	networktest.Await(t, watcher, live)
}

func TestAWatchThatEndsAsTheyAllDoIsNoProblem(t *testing.T) {
	t.Parallel() // a watch that broke waits a second
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	watcher := api.Watch(t, "demo")
	networktest.Await(t, watcher, live)
	api.BreakWatches()
	api.Set(networktest.Pod("orders-2", "orders", "10.244.0.9"))
	networktest.Await(t, watcher, func(picture network.Network) bool {
		if !live(picture) {
			t.Errorf("the picture says: %s", picture.Problem)
		}
		return len(podsOf(picture, "orders")) == 2
	})
}
