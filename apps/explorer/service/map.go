package service

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"example.com/kubernetes-networking/apps/internal/problem"
)

func (s *site) showMap(w http.ResponseWriter, _ *http.Request) error {
	s.Observer.RecordView()
	newest, err := s.live.frame()
	if err != nil {
		return err
	}
	return s.pages.show(w, http.StatusOK, "map",
		page{Title: "The live map of a demo's network", Section: "Map", Content: newest.view})
}

// nodePage is the page of a node or a Pod, with the same facts as beside the map.
type nodePage struct {
	facts
	Problems, Commands []string
}

func (s *site) showNode(w http.ResponseWriter, r *http.Request) error {
	node, found := s.Topology.Node(r.PathValue("name"))
	if !found {
		return problem.New(http.StatusNotFound,
			"There is no node %s in the topology. The map at / shows all nodes.", r.PathValue("name"))
	}
	seen := s.Cluster.Network()
	shown := nodePage{facts: factsOf(node, seen)}
	if seen.Problem != "" {
		shown.Problems = []string{seen.Problem}
	}
	if node.Workload != "" {
		shown.Commands = []string{
			fmt.Sprintf("kubectl -n %s get service %s -o wide", seen.Namespace, node.Name),
			fmt.Sprintf("kubectl -n %s get endpointslices -l kubernetes.io/service-name=%s", seen.Namespace, node.Name),
			fmt.Sprintf("kubectl -n %s get pods -l app.kubernetes.io/name=%s -o wide", seen.Namespace, node.Workload),
		}
	}
	return s.pages.show(w, http.StatusOK, "node", page{Title: shown.Title, Section: "Map", Content: shown})
}

func (s *site) topologyJSON(w http.ResponseWriter, _ *http.Request) error {
	s.Observer.RecordView() // programs get the same fresh measurements as pages
	picture := s.live.picture()
	state := ""
	if lab := newActiveLab(picture.Network, picture.Calls, time.Now()); lab != nil {
		state = lab.State
	}
	return answer(w, map[string]any{
		"topology": s.Topology, "network": picture.Network, "calls": picture.Calls, "unenforced": picture.Unenforced,
		"lab": picture.Network.Lab, "labState": state,
	})
}

// answer writes data as JSON.
func answer(w http.ResponseWriter, data any) error {
	body, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		return fmt.Errorf("encode JSON: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // an error means that the client has disconnected
	return nil
}
