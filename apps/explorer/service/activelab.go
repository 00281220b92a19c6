package service

import (
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/labs"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// ending is how long failing calls are attributed to a lab after its end: replacing Pods takes up to a minute.
const ending = 2 * time.Minute

// The states of a lab.
const (
	labActive   = "active"   // its calls fail with its causes
	labChanging = "changing" // its name is set, but the calls do not show it yet
	labEnding   = "ending"   // its name was removed, but calls still fail
)

// activeLab is a lab and its state. The state is derived from the calls of the same frame, so that the banner and the
// arrows agree.
type activeLab struct {
	labs.Lab
	State string
}

// newActiveLab returns the lab that is active or has just ended; nil if there is none.
func newActiveLab(seen network.Network, all []calls.Call, now time.Time) *activeLab {
	if lab := labs.Find(contract.Lab(seen.Lab)); lab != nil {
		if lab.Visible(all) {
			return &activeLab{*lab, labActive}
		}
		return &activeLab{*lab, labChanging}
	}
	before := labs.Find(contract.Lab(seen.LabBefore))
	if before == nil || now.Sub(seen.LabSince) > ending {
		return nil
	}
	for _, call := range all {
		if call.State == calls.Failing {
			return &activeLab{*before, labEnding}
		}
	}
	return nil
}
