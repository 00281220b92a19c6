package node

import (
	"os"
	"testing"

	"sigs.k8s.io/yaml"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestKubeletUsesTheClustersDNSAndCgroup(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := writeConfig(root, 2, "/kubernetes-networking-1/demo-2", "127.0.0.1:15000/system/pause:1"); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(root.State("kubelet.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var kubelet struct {
		ClusterDNS    []string `json:"clusterDNS"`
		ClusterDomain string   `json:"clusterDomain"`
		CgroupRoot    string   `json:"cgroupRoot"`
		ResolvConf    string   `json:"resolvConf"`
	}
	if err := yaml.Unmarshal(content, &kubelet); err != nil {
		t.Fatalf("kubelet.yaml: %v", err)
	}
	if len(kubelet.ClusterDNS) != 1 || kubelet.ClusterDNS[0] != "10.96.0.10" || kubelet.ClusterDomain != "cluster.local" {
		t.Errorf("DNS is %v for %s, want [10.96.0.10] for cluster.local", kubelet.ClusterDNS, kubelet.ClusterDomain)
	}
	if kubelet.CgroupRoot != "/kubernetes-networking-1/demo-2" {
		t.Errorf("cgroup root is %s", kubelet.CgroupRoot)
	}
	// The file has no entries: the host's search list must not reach Pods.
	if kubelet.ResolvConf != root.State("resolv.conf") {
		t.Errorf("resolv.conf is %s, want %s", kubelet.ResolvConf, root.State("resolv.conf"))
	}
}

func TestKubeProxyAppliesChangesAtOnce(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := writeConfig(root, 1, "/pods", "pause"); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(root.State("kube-proxy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var proxy struct {
		Mode             string `json:"mode"`
		ClusterCIDR      string `json:"clusterCIDR"`
		ClientConnection struct {
			Kubeconfig string `json:"kubeconfig"`
		} `json:"clientConnection"`
		NFTables struct {
			MinSyncPeriod string `json:"minSyncPeriod"`
		} `json:"nftables"`
		Conntrack map[string]any `json:"conntrack"`
	}
	if err := yaml.Unmarshal(content, &proxy); err != nil {
		t.Fatalf("kube-proxy.yaml: %v", err)
	}
	if proxy.Mode != "nftables" || proxy.NFTables.MinSyncPeriod != "100ms" {
		t.Errorf("mode %s, minSyncPeriod %s, want nftables every 100ms", proxy.Mode, proxy.NFTables.MinSyncPeriod)
	}
	if proxy.ClusterCIDR != layout.PodCIDR || proxy.ClientConnection.Kubeconfig != root.UserKubeconfig("system:kube-proxy") {
		t.Errorf("clusterCIDR %s, kubeconfig %s", proxy.ClusterCIDR, proxy.ClientConnection.Kubeconfig)
	}
	// With zero, kube-proxy keeps the host's limit. Without a value, it writes its default.
	if value, found := proxy.Conntrack["maxPerCore"]; !found || value != 0.0 {
		t.Errorf("conntrack.maxPerCore is %v (set: %t), want zero", value, found)
	}
}

func TestNoComponentOfANodeHasADefaultRequestLimit(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := writeConfig(root, 1, "/pods", "pause"); err != nil {
		t.Fatal(err)
	}
	var kubelet struct {
		KubeAPIQPS, KubeAPIBurst, EventRecordQPS, EventBurst int
		RegistryPullQPS                                      *int
	}
	readYAML(t, root.State("kubelet.yaml"), &kubelet)
	if kubelet.KubeAPIQPS != 200 || kubelet.KubeAPIBurst != 300 || kubelet.EventRecordQPS != 200 || kubelet.EventBurst != 300 {
		t.Errorf("the kubelet's limits are %+v, want 200 requests and 200 events per second, 300 at once", kubelet)
	}
	if pulls := kubelet.RegistryPullQPS; pulls == nil || *pulls != 0 {
		t.Errorf("registryPullQPS is %v, want 0, which is no limit", pulls)
	}
	var proxy struct{ ClientConnection struct{ QPS, Burst int } }
	readYAML(t, root.State("kube-proxy.yaml"), &proxy)
	if proxy.ClientConnection.QPS != 200 || proxy.ClientConnection.Burst != 300 {
		t.Errorf("kube-proxy's limits are %+v, want 200 requests per second, 300 at once", proxy.ClientConnection)
	}
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(content, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
