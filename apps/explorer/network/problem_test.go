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

// awaitProblem waits until the problem contains these words in order. "…" stands for any text, "<time>" and
// "<duration>" for a time and a duration.
func awaitProblem(t *testing.T, watcher *network.Watcher, words string) network.Network {
	t.Helper()
	pattern := regexp.MustCompile(strings.NewReplacer("…", ".*", "<time>", `\d\d:\d\d:\d\d UTC`, "<duration>", `\d+ s`).Replace(regexp.QuoteMeta(words)))
	return networktest.Await(t, watcher, func(picture network.Network) bool { return pattern.MatchString(picture.Problem) })
}

func TestBeforeTheFirstAnswerTheProblemNamesWhatIsPending(t *testing.T) {
	t.Parallel()                                    // a broken watch waits a second
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it accepts connections, but does not answer
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	host := "http://" + silent.Addr().String()
	watcher, err := network.Watch(t.Context(), &rest.Config{Host: host}, "demo")
	if err != nil {
		t.Fatal(err)
	}
	awaitProblem(t, watcher, "pods, services, deployments, statefulsets, endpointslices, networkpolicies and configmaps")
	picture := awaitProblem(t, watcher, host+" has not answered for <duration> (TIMEOUT)")
	if picture.Workloads == nil || picture.Services == nil {
		t.Error("an empty picture has null where JSON should have empty lists")
	}
}

func TestTheProblemOfAnEmptyNamespaceHasARemedy(t *testing.T) {
	t.Parallel() // a broken watch waits a second
	awaitProblem(t, networktest.New(t).Watch(t, "demo"), "namespace demo…app.kubernetes.io/part-of=kubernetes-networking…pulumi up")
}

func TestForbiddenResourcesAreNamedAndTheRestIsShown(t *testing.T) {
	t.Parallel() // a broken watch waits a second
	for name, test := range map[string]struct {
		refuse func(*networktest.API)
		want   string
	}{
		"no verb for one resource": {
			func(api *networktest.API) {
				api.Forbid("list", "networkpolicies")
				api.Forbid("watch", "networkpolicies")
			},
			"list networkpolicies in the namespace demo…Role with the verbs list and watch",
		},
		"no verb for two resources": {
			func(api *networktest.API) {
				for _, resource := range []string{"endpointslices", "networkpolicies"} {
					api.Forbid("list", resource)
					api.Forbid("watch", resource)
				}
			},
			"list endpointslices and networkpolicies in the namespace demo…Role with the verbs list and watch",
		},
		"the verb list alone": {
			func(api *networktest.API) { api.Forbid("watch", "services") },
			"watch services in the namespace demo…Role with the verbs list and watch…<time>, <duration> ago",
		},
		"an expired token": {
			func(api *networktest.API) {
				api.Refuse("list", "services", http.StatusUnauthorized, meta.StatusReasonUnauthorized)
				api.Refuse("watch", "services", http.StatusUnauthorized, meta.StatusReasonUnauthorized)
			},
			"service account: delete the Pod",
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
			awaitProblem(t, watcher, test.want)
			start := time.Now()
			api.Set(networktest.Pod("orders-2", "orders", "10.244.0.9"))
			got := networktest.Await(t, watcher, func(picture network.Network) bool { return len(podsOf(picture, "orders")) == 2 })
			if old := strings.Contains(test.want, "<time>"); got.ObservedAt.Before(start) != old {
				t.Errorf("a picture after %s is from %s", start, got.ObservedAt)
			}
			api.Allow()
			networktest.Await(t, watcher, live)
		})
	}
}

func TestAnAPIServerThatStartsLateIsFound(t *testing.T) {
	t.Parallel() // a broken watch waits a second
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	api.Stop()
	watcher := api.Watch(t, "demo")
	awaitProblem(t, watcher, "The Kubernetes API at "+api.URL()+" cannot be reached (REFUSED): The connection was refused: nothing "+
		"listens on that address and port, or a network policy rejects it.")
	api.Start()
	if got := networktest.Await(t, watcher, live); len(got.Workloads) != 7 {
		t.Errorf("%d workloads are shown, want all 7", len(got.Workloads))
	}
}

func TestAnOutdatedPictureHasItsAge(t *testing.T) {
	t.Parallel() // a broken watch waits a second
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	watcher := api.Watch(t, "demo")
	networktest.Await(t, watcher, live)

	api.Stop()
	const sentence = "The Kubernetes API has not answered for <duration> (REFUSED): the Pods and Services shown are from <time>, <duration> ago."
	old := awaitProblem(t, watcher, sentence)
	if len(old.Workloads) != 7 {
		t.Errorf("%d workloads are still shown, want all 7", len(old.Workloads))
	}
	if at := old.ObservedAt.Format("15:04:05 UTC"); !strings.Contains(old.Problem, at) {
		t.Errorf("the picture is from %s, but its problem is: %s", at, old.Problem)
	}
	later := networktest.Await(t, watcher, func(picture network.Network) bool {
		return picture.Problem != "" && picture.Problem != old.Problem && !strings.Contains(picture.Problem, "for 0 s")
	})
	// The picture is as old as its oldest part: it may get older when a watch that ended earlier is found to be broken.
	if later.ObservedAt.After(old.ObservedAt) {
		t.Errorf("the picture was from %s and is now from %s, although nothing arrived", old.ObservedAt, later.ObservedAt)
	}

	pod := networktest.Pod("orders-1", "orders", "10.244.0.2")
	api.Set(networktest.Pod("orders-2", "orders", "10.244.0.9"))
	api.Delete(pod)
	api.Start()
	got := networktest.Await(t, watcher, live)
	if pods := podsOf(got, "orders"); len(pods) != 1 || pods[0].Name != "orders-2" {
		t.Errorf("the Pods of orders are %+v, want the changes of the meantime", pods)
	}
}

func TestAHangingAPIServerIsReportedAlthoughItsWatchesAreOpen(t *testing.T) {
	t.Parallel() // the API server is polled every three seconds
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	watcher := api.Watch(t, "demo")
	networktest.Await(t, watcher, live)
	resume := api.Hang()
	old := awaitProblem(t, watcher, "not answered for <duration> (TIMEOUT)…from <time>, <duration> ago")
	if len(old.Workloads) != 7 {
		t.Errorf("%d workloads are still shown, want all 7", len(old.Workloads))
	}
	resume()
	networktest.Await(t, watcher, live)
}

func TestTheRegularEndOfAWatchIsNotAProblem(t *testing.T) {
	t.Parallel() // a broken watch waits a second
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	watcher := api.Watch(t, "demo")
	networktest.Await(t, watcher, live)
	api.BreakWatches()
	api.Set(networktest.Pod("orders-2", "orders", "10.244.0.9"))
	networktest.Await(t, watcher, func(picture network.Network) bool {
		if !live(picture) {
			t.Errorf("the problem is: %s", picture.Problem)
		}
		return len(podsOf(picture, "orders")) == 2
	})
}
