package service

import (
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/labs"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// ending is how long after the end of a lab failing calls are attributed to it: Pods that have to be replaced take a minute.
const ending = 2 * time.Minute

// The states of a lab.
const (
	labActive   = "active"   // the calls that it breaks fail for its reason
	labChanging = "changing" // its name is set, and the calls do not show it yet
	labEnding   = "ending"   // its name is no longer set, and calls still fail
)

// activeLab is a lab and its effect on the calls. Both come from the same moment, so that the banner agrees with the arrows.
type activeLab struct {
	labs.Lab
	State string
}

// newActiveLab returns the lab that is active, or that has just ended; nil if there is none.
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
