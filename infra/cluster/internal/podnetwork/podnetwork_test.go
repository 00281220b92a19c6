package podnetwork

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func node(name, ip, podCIDR string, ready corev1.ConditionStatus) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       corev1.NodeSpec{PodCIDR: podCIDR},
		Status: corev1.NodeStatus{
			Addresses:  []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: name}, {Type: corev1.NodeInternalIP, Address: ip}},
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready}},
		},
	}
}

func TestPodsAreReachedThroughTheirNode(t *testing.T) {
	got := podRoutes([]*corev1.Node{
		node("demo", "10.123.0.2", "10.244.1.0/24", corev1.ConditionTrue),
		node("demo-2", "10.123.0.3", "", corev1.ConditionFalse), // just registered
		node("demo-3", "10.123.0.4", "10.244.0.0/24", corev1.ConditionUnknown),
		{ObjectMeta: metav1.ObjectMeta{Name: "demo-4"}, Spec: corev1.NodeSpec{PodCIDR: "10.244.3.0/24"}},
	})
	if want := []route{{"10.244.1.0/24", "10.123.0.2"}, {"10.244.0.0/24", "10.123.0.4"}}; !slices.Equal(got, want) {
		t.Errorf("routes are %v, want %v", got, want)
	}
}

func TestServicesAreReachedThroughAReadyNode(t *testing.T) {
	for _, c := range []struct {
		name        string
		first, next corev1.ConditionStatus
		via         string
	}{
		{"all are ready", corev1.ConditionTrue, corev1.ConditionTrue, "10.123.0.2"},
		{"the first is cut off", corev1.ConditionUnknown, corev1.ConditionTrue, "10.123.0.3"},
		{"none is ready", corev1.ConditionUnknown, corev1.ConditionFalse, "10.123.0.2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := serviceRoutes([]*corev1.Node{
				node("demo-2", "10.123.0.3", "10.244.1.0/24", c.next),
				node("demo", "10.123.0.2", "10.244.0.0/24", c.first),
			})
			if want := []route{{"10.96.0.0/16", c.via}}; !slices.Equal(got, want) {
				t.Errorf("routes are %v, want %v", got, want)
			}
		})
	}
	if got := serviceRoutes(nil); len(got) != 0 {
		t.Errorf("without nodes the routes are %v", got)
	}
}

func TestCNIConfigurationGivesPodsTheNodesAddresses(t *testing.T) {
	folder := t.TempDir()
	if err := writeCNIConfig(folder, ""); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(folder + "/*"); len(files) != 0 {
		t.Fatalf("a node without a Pod CIDR gets %v, so that containerd reports its network as ready", files)
	}
	for _, cidr := range []string{"10.244.3.0/24", "10.244.7.0/24"} { // a node that is deleted and added again may get another range
		if err := writeCNIConfig(folder, cidr); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(folder, "10-bridge.conflist"))
		if err != nil || !strings.Contains(string(content), `"subnet": "`+cidr+`"`) {
			t.Errorf("for %s it contains %s (%v)", cidr, content, err)
		}
	}
}

// inNamespace moves the test into a new network namespace with one device, for 10.123.0.0/24.
func inNamespace(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to create a network namespace")
	}
	runtime.LockOSThread() // never unlocked, so that the thread ends with the test
	if _, err := netns.New(); err != nil {
		t.Fatal(err)
	}
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "nodes"}}
	address, err := netlink.ParseAddr("10.123.0.1/24")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return netlink.LinkAdd(bridge) },
		func() error { return netlink.AddrAdd(bridge, address) },
		func() error { return netlink.LinkSetUp(bridge) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRoutesFollowTheNodes(t *testing.T) {
	inNamespace(t)
	for _, want := range [][]route{
		{{"10.244.0.0/24", "10.123.0.2"}, {"10.244.1.0/24", "10.123.0.3"}},
		{{"10.244.0.0/24", "10.123.0.4"}}, // one moved to another node, one is deleted
		nil,
	} {
		if err := setRoutes(want); err != nil {
			t.Fatal(err)
		}
		all, err := netlink.RouteList(nil, netlink.FAMILY_V4)
		if err != nil {
			t.Fatal(err)
		}
		var got []route
		for _, r := range all {
			if r.Gw != nil {
				got = append(got, route{r.Dst.String(), r.Gw.String()})
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("routes are %v, want %v", got, want)
		}
		if len(all) != len(want)+1 {
			t.Errorf("the kernel has %d routes, want the given ones and that of the device", len(all))
		}
	}
}
