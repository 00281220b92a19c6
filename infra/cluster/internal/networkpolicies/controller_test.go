package networkpolicies

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	kubetesting "k8s.io/client-go/testing"
	"sigs.k8s.io/knftables"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// running is a controller of the node demo, whose API and table are in memory.
type running struct {
	*Controller
	t      *testing.T
	client *fake.Clientset
	nft    *knftables.Fake
	ready  chan struct{}
}

// start starts a controller in a cluster with a policy that denies everything in the namespace near.
func start(t *testing.T, prepare func(*fake.Clientset), objects ...runtime.Object) *running {
	t.Helper()
	deny := parse(t, "deny", "podSelector: {}, policyTypes: [Ingress]")
	r := &running{
		t: t, client: fake.NewClientset(append(objects, deny)...), nft: knftables.NewFake(knftables.IPv4Family, tableName),
		ready: make(chan struct{}),
	}
	if prepare != nil {
		prepare(r.client)
	}
	r.Controller = NewController("demo", NewState(r.nft, nil, layout.PodCIDR), func(context.Context, Assignment) error {
		return errors.New("not published") // which must not matter
	})
	go func() {
		if err := r.Run(t.Context(), r.client, func() { close(r.ready) }); err != nil {
			t.Error(err)
		}
	}()
	return r
}

func apiPod(name, uid, ip string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "near", Name: name, UID: types.UID(uid)},
		Spec:       corev1.PodSpec{NodeName: "demo"},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, PodIP: ip},
	}
}

// update changes a Pod of the API and returns when the controller has seen it: it sees a later Pod's.
func (r *running) update(pod *corev1.Pod) {
	r.t.Helper()
	pods := r.client.CoreV1().Pods("near")
	if _, err := pods.Update(r.t.Context(), pod, metav1.UpdateOptions{}); err != nil {
		r.t.Fatal(err)
	}
	last := apiPod("last-"+string(pod.UID), "last-"+string(pod.UID), "")
	if _, err := pods.Create(r.t.Context(), last, metav1.CreateOptions{}); err != nil {
		r.t.Fatal(err)
	}
	r.assign(last, "10.244.0.99")
}

func (r *running) assign(pod *corev1.Pod, ip string) {
	r.t.Helper()
	if err := r.Assign(r.t.Context(), Assignment{pod.Namespace, pod.Name, string(pod.UID), netip.MustParseAddr(ip)}); err != nil {
		r.t.Fatal(err)
	}
}

// owner returns the Pod that the table isolates at an address.
func (r *running) owner(ip string) string {
	for line := range strings.Lines(r.nft.Dump()) {
		if rest, found := strings.CutPrefix(line, "add element ip "+tableName+" ingress { "+ip+" comment \""); found {
			pod, _, _ := strings.Cut(rest, "\"")
			return pod
		}
	}
	return ""
}

func TestNothingIsWrittenBeforeAllPoliciesAreKnown(t *testing.T) {
	known := make(chan struct{})
	r := start(t, func(client *fake.Clientset) {
		client.PrependReactor("list", "networkpolicies", func(kubetesting.Action) (bool, runtime.Object, error) {
			<-known
			return false, nil, nil
		})
	}, apiPod("old", "1", "10.244.0.2"))
	started := apiPod("new", "2", "")
	if _, err := r.client.CoreV1().Pods("near").Create(t.Context(), started, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	impatient, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := r.Assign(impatient, Assignment{"near", "new", "2", netip.MustParseAddr("10.244.0.3")})
	if err == nil || !strings.Contains(err.Error(), "Pod near/new are not in force") {
		t.Errorf("the new Pod may start: %v", err)
	}
	if r.nft.Table != nil {
		t.Errorf("without the policies, the table is\n%s", r.nft.Dump())
	}
	close(known)
	<-r.ready
	if got := r.owner("10.244.0.2") + " " + r.owner("10.244.0.3"); got != "near/old near/new" {
		t.Errorf("the isolated Pods are %q", got)
	}
}

func TestTheRulesOfAPodAreWrittenBeforeItStarts(t *testing.T) {
	pod := apiPod("new", "1", "")
	r := start(t, nil, pod)
	r.assign(pod, "10.244.0.2")
	if got := r.owner("10.244.0.2"); got != "near/new" {
		t.Errorf("the address is isolated for %q\n%s", got, r.nft.Dump())
	}
}

func TestAStaticPodIsKnownByTheUIDOfItsFile(t *testing.T) {
	mirror := apiPod("static", "of-the-api", "")
	mirror.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "of-the-file"}
	r := start(t, nil, mirror)
	static := mirror.DeepCopy()
	static.UID = "of-the-file"
	r.assign(static, "10.244.0.2")
	if got := r.owner("10.244.0.2"); got != "near/static" {
		t.Errorf("the address is isolated for %q", got)
	}
}

func TestThePoliciesOfATerminatingPodHoldUntilItIsGone(t *testing.T) {
	pod := apiPod("ending", "1", "10.244.0.2")
	r := start(t, nil, pod)
	terminating := pod.DeepCopy()
	terminating.DeletionTimestamp = &metav1.Time{Time: time.Now()}
	r.update(terminating)
	if got := r.owner("10.244.0.2"); got != "near/ending" {
		t.Errorf("the address of the terminating Pod is isolated for %q", got)
	}
}

func TestTheAddressOfAFinishedPodIsFree(t *testing.T) {
	job := apiPod("job", "1", "10.244.0.2")
	r := start(t, nil, job)
	finished := job.DeepCopy()
	finished.Status.Phase = corev1.PodSucceeded
	r.update(finished)
	if got := r.owner("10.244.0.2"); got != "" {
		t.Errorf("the address of the finished Pod is isolated for %q", got)
	}
}

func TestAReusedAddressBelongsToTheNewPodBeforeTheAPIShowsTheEndOfTheOldOne(t *testing.T) {
	job, next := apiPod("job", "1", "10.244.0.2"), apiPod("next", "2", "")
	r := start(t, nil, job, next)
	r.assign(next, "10.244.0.2")
	late := job.DeepCopy()
	late.Labels = map[string]string{"changed": "late"}
	r.update(late)
	if got := r.owner("10.244.0.2"); got != "near/next" {
		t.Errorf("the address is isolated for %q", got)
	}
}

func TestThePublishedAddressIsAnAnnotationOfThePod(t *testing.T) {
	client := fake.NewClientset(apiPod("new", "1", ""))
	if err := publisher(client)(t.Context(), Assignment{"near", "new", "1", netip.MustParseAddr("10.244.0.2")}); err != nil {
		t.Fatal(err)
	}
	got, err := client.CoreV1().Pods("near").Get(t.Context(), "new", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if read, _ := readPod(got, "demo-2"); read.Announced != netip.MustParseAddr("10.244.0.2") || read.IP.IsValid() {
		t.Errorf("another node reads the addresses %v and %v", read.Announced, read.IP)
	}
	if action := client.Actions()[0]; action.GetVerb() != "patch" || action.GetSubresource() != "status" {
		t.Errorf("the request is %s %s, want patch status", action.GetVerb(), action.GetSubresource())
	}
}
