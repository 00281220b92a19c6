package network_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/network/networktest"
)

// live is whether nothing is wrong with a picture.
func live(picture network.Network) bool { return picture.Problem == "" }

// podsOf returns the Pods of a workload in a picture; nil if there is no such workload.
func podsOf(picture network.Network, workload string) []network.Pod {
	found, _ := picture.Workload(workload)
	return found.Pods
}

func TestAPodAppearsTurnsReadyAndIsDeleted(t *testing.T) {
	api := networktest.New(t)
	api.Set(networktest.Deployment("orders", "service", 8080))
	watcher := api.Watch(t, networktest.Namespace)
	networktest.Await(t, watcher, live)

	created := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	pod := networktest.Pod("orders-1", "orders", "")
	pod.CreationTimestamp = meta.NewTime(created)
	yes := true
	pod.OwnerReferences = []meta.OwnerReference{{Kind: "Other", Name: "no-controller"}, {Kind: "ReplicaSet", Name: "orders-5b8f", Controller: &yes}}
	pod.Status = core.PodStatus{Phase: core.PodPending, ContainerStatuses: []core.ContainerStatus{{
		State: core.ContainerState{Waiting: &core.ContainerStateWaiting{Reason: "ImagePullBackOff"}},
	}}}
	want := network.Pod{Name: "orders-1", Node: "node", Owner: "ReplicaSet orders-5b8f", State: "ImagePullBackOff", CreatedAt: created}
	isThere := func(picture network.Network) bool {
		return slices.Equal(podsOf(picture, "orders"), []network.Pod{want})
	}
	api.Set(pod)
	networktest.Await(t, watcher, isThere)

	pod.Status = networktest.Pod("orders-1", "orders", "10.244.0.2").Status
	pod.Status.ContainerStatuses = []core.ContainerStatus{{RestartCount: 2}}
	pod.Status.InitContainerStatuses = []core.ContainerStatus{{RestartCount: 1}}
	want.State, want.IP, want.Ready, want.Restarts = "Running", "10.244.0.2", true, 3
	api.Set(pod)
	networktest.Await(t, watcher, isThere)

	now := meta.Now()
	pod.DeletionTimestamp = &now
	want.State = "Terminating"
	api.Set(pod)
	networktest.Await(t, watcher, isThere)

	api.Delete(pod)
	networktest.Await(t, watcher, func(picture network.Network) bool { return len(podsOf(picture, "orders")) == 0 })
}

// The picture of a quiet cluster is not outdated. Its new time is not a change, so that pages get no event.
func TestAnUnchangedPictureIsConfirmedEverySecond(t *testing.T) {
	t.Parallel() // it takes two seconds
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	watcher := api.Watch(t, networktest.Namespace)
	changed, first := watcher.Changed(), networktest.Await(t, watcher, live)
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for end := time.After(20 * time.Second); !watcher.Network().ObservedAt.After(first.ObservedAt.Add(2 * time.Second)); {
		select {
		case <-poll.C:
		case <-changed: // the first pictures are incomplete, and on a busy machine the API server may be slow
			changed, first = watcher.Changed(), networktest.Await(t, watcher, live)
		case <-end:
			t.Fatalf("the picture is from %s, and was replaced at %s", watcher.Network().ObservedAt, first.ObservedAt)
		}
	}
}

func TestWorkloadsAreTheDemosOwnWithThePodsThatTheySelect(t *testing.T) {
	always, onFailure := core.ContainerRestartPolicyAlways, core.ContainerRestartPolicyOnFailure
	two := int32(2)
	explorer := networktest.Deployment("explorer", "explorer", 8080)
	explorer.Spec.Replicas = &two
	explorer.Spec.Template.Spec.InitContainers = []core.Container{
		{Name: "probe", Image: "registry/probe", RestartPolicy: &always},
		{Name: "once", Image: "registry/once"},
		{Name: "until-it-works", Image: "registry/until-it-works", RestartPolicy: &onFailure},
	}
	database := networktest.StatefulSet("clients-database", 5432)
	database.Spec.Replicas = nil
	stranger, elsewhere := networktest.Deployment("stranger", "service", 80), networktest.Pod("explorer-3", "explorer", "10.244.0.4")
	delete(stranger.Labels, "app.kubernetes.io/part-of")
	elsewhere.Namespace = "other"
	api := networktest.New(t)
	api.Set(
		database, explorer, stranger, elsewhere, networktest.Pod("explorer-2", "explorer", "10.244.0.2"),
		networktest.Pod("stranger-1", "stranger", "10.244.0.3"), networktest.Pod("explorer-1", "explorer", "10.244.0.1"),
	)
	got := networktest.Await(t, api.Watch(t, networktest.Namespace), live)
	pod := func(name, ip string) network.Pod {
		return network.Pod{Name: name, IP: ip, Node: "node", Ready: true, State: "Running", CreatedAt: time.Time{}}
	}
	want := []network.Workload{
		{
			Kind: "Deployment", Name: "explorer", Component: "explorer", Desired: 2, Ready: 1,
			Containers: []network.Container{
				{Name: "explorer", Image: "registry/explorer", Ports: []network.ContainerPort{{Name: "main", Port: 8080}}},
				{Name: "probe", Image: "registry/probe", Ports: []network.ContainerPort{}},
			},
			Labels: networktest.Labels("explorer"), Pods: []network.Pod{pod("explorer-1", "10.244.0.1"), pod("explorer-2", "10.244.0.2")},
		},
		{
			Kind: "StatefulSet", Name: "clients-database", Component: "database", Desired: 1, Ready: 1,
			Containers: []network.Container{
				{Name: "clients-database", Image: "registry/clients-database", Ports: []network.ContainerPort{{Name: "main", Port: 5432}}},
			},
			Labels: networktest.Labels("clients-database"), Pods: []network.Pod{},
		},
	}
	if !reflect.DeepEqual(got.Workloads, want) {
		t.Errorf("workloads are\n%+v\nwant\n%+v", got.Workloads, want)
	}
}

func TestPoliciesAreKeptUpToDateAndSortedByName(t *testing.T) {
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	watcher := api.Watch(t, networktest.Namespace)
	networktest.Await(t, watcher, live)
	names := func() (names []string) {
		for _, policy := range watcher.Policies() {
			names = append(names, policy.Name)
		}
		return names
	}
	want := []string{
		"clients", "clients-database", "default-deny", "explorer", "orders", "orders-database", "products", "products-database",
	}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("policies are %q, want %q", got, want)
	}
	changed := watcher.Changed()
	policies := networktest.Policies()
	api.Delete(&policies[0])
	<-changed
	want = slices.DeleteFunc(want, func(name string) bool { return name == "default-deny" })
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("policies are %q after default-deny was deleted", got)
	}
}

func TestAnOlderKubernetesIsListedAndThenWatched(t *testing.T) {
	api := networktest.New(t)
	api.GrowOld()
	api.Set(networktest.Demo()...)
	watcher := api.Watch(t, networktest.Namespace)
	networktest.Await(t, watcher, func(picture network.Network) bool {
		if strings.Contains(picture.Problem, "did not watch") {
			t.Errorf("the problem is: %s", picture.Problem)
		}
		return live(picture) && len(picture.Workloads) == 7
	})
	api.Set(networktest.Pod("orders-2", "orders", "10.244.0.9"))
	networktest.Await(t, watcher, func(picture network.Network) bool { return len(podsOf(picture, "orders")) == 2 })
}

// A rollout changes hundreds of objects within a second, and every open page gets every picture.
func TestManyChangesAreFewPictures(t *testing.T) {
	api := networktest.New(t)
	api.Set(networktest.Deployment("orders", "service", 8080))
	watcher := api.Watch(t, networktest.Namespace)
	networktest.Await(t, watcher, live)
	const pods = 200
	start, pictures := time.Now(), 0
	for i := range pods {
		api.Set(networktest.Pod(fmt.Sprintf("orders-%d", i), "orders", "10.244.0.1"))
	}
	networktest.Await(t, watcher, func(picture network.Network) bool {
		pictures++
		return len(podsOf(picture, "orders")) == pods
	})
	if most := 2 + int(time.Since(start)/(100*time.Millisecond)); pictures > most {
		t.Errorf("%d pictures in %s, want %d at most", pictures, time.Since(start), most)
	}
}

func TestTheConfigMapNamesTheActiveLab(t *testing.T) {
	name := func(lab, namespace, object string) *core.ConfigMap {
		return &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Namespace: namespace, Name: object}, Data: map[string]string{contract.LabKey: lab}}
	}
	api := networktest.New(t)
	api.Set(networktest.Demo()...)
	api.Set(name("wrong-port", networktest.Namespace, contract.LabConfigMap), name("slow-peer", networktest.Namespace, "other"))
	watcher := api.Watch(t, networktest.Namespace)
	first := networktest.Await(t, watcher, func(picture network.Network) bool { return live(picture) && picture.Lab == "wrong-port" })
	if first.LabBefore != "" || !first.LabSince.IsZero() {
		t.Errorf("got %q before %s, want nothing: the watch has just begun", first.LabBefore, first.LabSince)
	}
	for _, change := range [][2]string{{"wrong-port", "deny-call"}, {"deny-call", ""}} {
		began := time.Now()
		api.Set(name(change[1], networktest.Namespace, contract.LabConfigMap))
		got := networktest.Await(t, watcher, func(picture network.Network) bool { return picture.Lab == change[1] })
		if got.LabBefore != change[0] || got.LabSince.Before(began) {
			t.Errorf("got %q before %s, want %q before a moment after %s", got.LabBefore, got.LabSince, change[0], began)
		}
	}
}
