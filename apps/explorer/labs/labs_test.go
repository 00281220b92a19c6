package labs_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/outline"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/labs"
)

func TestEveryLabIsExplainedInTheOrderOfTheContract(t *testing.T) {
	all := labs.All()
	if len(all) != len(contract.Labs()) {
		t.Fatalf("%d labs are explained, there are %d", len(all), len(contract.Labs()))
	}
	for i, name := range contract.Labs() {
		if all[i].Name != name {
			t.Errorf("lab %d is %s, want %s", i, all[i].Name, name)
		}
		if found := labs.Find(name); found == nil || found.Title != all[i].Title {
			t.Errorf("%s is not found by its name", name)
		}
	}
	if found := labs.Find("fire"); found != nil {
		t.Errorf("a lab that does not exist is found: %s", found.Title)
	}
}

func TestEachLabHasCausesOfItsOwn(t *testing.T) {
	owners := map[diagnosis.Cause]contract.Lab{}
	for _, lab := range labs.All() {
		for _, cause := range lab.Causes {
			if other, taken := owners[cause]; taken {
				t.Errorf("%s and %s share the cause %s", lab.Name, other, cause)
			}
			owners[cause] = lab.Name
		}
		if len(lab.Causes) == 0 {
			t.Errorf("%s has no cause, so it would count as active at once", lab.Name)
		}
	}
}

func TestEveryTextIsASentence(t *testing.T) {
	for _, lab := range labs.All() {
		for name, text := range map[string]string{"mistake": lab.Mistake, "changed": lab.Changed, "teaches": lab.Teaches} {
			if !strings.HasSuffix(text, ".") || len(text) < 40 {
				t.Errorf("%s: %s is not a sentence: %q", lab.Name, name, text)
			}
		}
		if len(lab.Hints) < 2 || len(lab.Shows) < 2 || lab.Arrow == "" || lab.Title == "" {
			t.Errorf("%s lacks hints, commands, an arrow or a title", lab.Name)
		}
		for _, hint := range lab.Hints {
			if !strings.HasSuffix(hint, ".") {
				t.Errorf("%s: %q is not a sentence", lab.Name, hint)
			}
		}
	}
}

// The end-to-end tests compare the same codes with a cluster.
func TestTheCodesThatTheMapIsExpectedToShow(t *testing.T) {
	for name, want := range map[contract.Lab]string{
		contract.DenyDNS: "DNS", contract.ServiceDeleted: "DNS", contract.WrongSelector: "NO ENDPOINTS",
		contract.NoReadyEndpoints: "NO ENDPOINTS", contract.WrongPort: "REFUSED or TIMEOUT", contract.DenyCall: "POLICY",
		contract.SlowPeer: "TIMEOUT", contract.DatabaseDown: "NO ENDPOINTS",
	} {
		if got := labs.Find(name).Expected(); got != want {
			t.Errorf("%s is expected to show %s, want %s", name, got, want)
		}
	}
}

func TestTheOutlinesAgreeWithTheExplanations(t *testing.T) {
	outlines := outline.Labs()
	if len(outlines) != len(contract.Labs()) {
		t.Fatalf("there are %d outlines, want %d", len(outlines), len(contract.Labs()))
	}
	for i, name := range contract.Labs() {
		explained, short := labs.Find(name), outlines[i]
		if short.Name != string(name) || short.Code != explained.Expected() || !slices.Contains(explained.Shows, short.Show) {
			t.Errorf("outline %d is %+v, want %s with the code %s and one of the commands %q", i, short, name, explained.Expected(), explained.Shows)
		}
	}
}
