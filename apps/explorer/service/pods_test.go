package service_test

import (
	"slices"
	"testing"

	"golang.org/x/net/html"

	"example.com/kubernetes-networking/apps/explorer/network"
)

func TestAPodOnTheMapShowsItsAddressAndLinksToItsPage(t *testing.T) {
	seen := demo(3)
	seen.network.Workloads[0].Pods[1].Ready, seen.network.Workloads[0].Pods[1].State = false, "CrashLoopBackOff"
	seen.network.Workloads[0].Pods[2].IP = ""
	page := parse(t, explore(t, seen, &answers{}).Do(t, "GET", "/", "").Text)
	for name, want := range map[string][2]string{
		"clients-5b8f-p0000":  {"Pod .0 p0000, clients-5b8f-p0000, 10.244.0.0, ready", ".0"},
		"clients-5b8f-p0001":  {"Pod .1 p0001, clients-5b8f-p0001, 10.244.0.1, not ready, CrashLoopBackOff", ".1"},
		"clients-5b8f-p0002":  {"Pod – p0002, clients-5b8f-p0002, no address yet, ready", "–"},
		"products-database-0": {"Pod .100 products-database-0, products-database-0, 10.244.0.100, ready", ".100"},
		"explorer-5b8f-p0000": {"Pod explorer-5b8f-p0000 10.244.0.120, one network namespace explorer port 8080 probe localhost only, ready", "10.244.0.120, one network namespace explorer port 8080 probe localhost only"},
	} {
		link := byID(t, page, "pod-"+name)
		wantAttributes(t, link, map[string]string{"href": "/pods/" + name, "data-pod": name, "aria-label": want[0]})
		wantText(t, link, want[1])
	}
	wantText(t, byID(t, page, "map"), "Node node-1, Pods 10.244.0.*")
}

func TestTheFactsOfAPodAreInTheMapAndOnItsPage(t *testing.T) {
	seen := demo(3)
	pod := &seen.network.Workloads[2].Pods[1]
	pod.Owner, pod.Restarts = "ReplicaSet orders-5b8f", 4
	seen.network.Workloads[2].Containers = []network.Container{
		{Name: "orders", Ports: []network.ContainerPort{{Name: "http", Port: 8080}, {Name: "metrics", Port: 9090}}}, {Name: "helper"},
	}
	seen.network.Services = append(seen.network.Services, network.Service{
		Name: "pods", ClusterIP: "None", Endpoints: []network.Endpoint{{Address: pod.IP, Pod: pod.Name, Ready: true}},
	})
	want := []string{
		"IP 10.244.0.41", "Node node-1", "orders: 8080 http, 9090 metrics", "helper: declares no port",
		"orders 10.96.0.12:80 → 10.244.0.41:8080, ready", "pods, headless: its name resolves to 10.244.0.41",
		"Readiness ready", "Restarts 4", "ReplicaSet orders-5b8f, of Deployment orders",
	}
	explorer := explore(t, seen, &answers{})
	wantText(t, byID(t, parse(t, explorer.Do(t, "GET", "/", "").Text), "/pods/"+pod.Name), want...)
	page := explorer.Do(t, "GET", "/pods/"+pod.Name, "")
	wantText(t, byID(t, parse(t, page.Text), "main"), append(want, "kubectl -n shop describe pod "+pod.Name, "kubectl get node node-1")...)
	if gone := browse(t, explorer, "/pods/orders-5b8f-gone"); gone.Status != 404 {
		t.Errorf("a Pod that does not exist is answered with %d, want 404", gone.Status)
	}
}

func TestNarrowScreensHaveTheirOwnMap(t *testing.T) {
	page := parse(t, explore(t, demo(3), &answers{}).Do(t, "GET", "/", "").Text)
	wide, narrow := byID(t, page, "map"), byID(t, page, "narrow-map")
	links := func(drawn *html.Node) []string {
		var found []string
		for _, link := range all(drawn, func(node *html.Node) bool { return node.Data == "a" }) {
			to, _ := attribute(link, "href")
			label, _ := attribute(link, "aria-label")
			found = append(found, to+" "+label)
		}
		slices.Sort(found)
		return found
	}
	if !slices.Equal(links(wide), links(narrow)) {
		t.Errorf("the maps lead to different pages:\n%q\n%q", links(wide), links(narrow))
	}
}
