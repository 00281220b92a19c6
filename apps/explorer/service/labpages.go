package service

import (
	"net/http"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/labs"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// labPage is a lab with its commands. On is true if the lab is active.
type labPage struct {
	labs.Lab
	On       bool
	Commands []string
}

func (s *site) labPage(lab labs.Lab) labPage {
	seen := s.Cluster.Network()
	return labPage{lab, string(lab.Name) == seen.Lab, lab.Commands(seen.Namespace)}
}

func (s *site) showLabs(w http.ResponseWriter, _ *http.Request) error {
	var shown []labPage
	for _, lab := range labs.All() {
		shown = append(shown, s.labPage(lab))
	}
	return s.pages.show(w, http.StatusOK, "labs", page{Title: "Labs", Section: "Labs", Content: shown})
}

func (s *site) showLab(w http.ResponseWriter, r *http.Request) error {
	lab := labs.Find(contract.Lab(r.PathValue("name")))
	if lab == nil {
		return problem.New(http.StatusNotFound, "There is no lab %s. The list is at /labs.", r.PathValue("name"))
	}
	return s.pages.show(w, http.StatusOK, "lab", page{Title: lab.Title, Section: "Labs", Content: s.labPage(*lab)})
}
