package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/api"
	"example.com/kubernetes-networking/infra/config"
)

// nodesCluster is a cluster whose nodes have these architectures.
type nodesCluster struct {
	testCluster
	architectures []string
	err           error
}

func (c nodesCluster) Architectures(context.Context) ([]string, error) { return c.architectures, c.err }

func TestImagesAreForTheArchitectureOfTheNodes(t *testing.T) {
	forbidden := fmt.Errorf("read the nodes: %w", api.ErrForbidden)
	silent := errors.New("does not answer")
	own := []string{runtime.GOARCH}
	for _, c := range []struct {
		name       string
		preview    bool
		configured []string
		cluster    cluster
		want       []string
		err        error
	}{
		{"the nodes'", false, nil, nodesCluster{architectures: []string{"s390x"}}, []string{"s390x"}, nil},
		{"several", true, nil, nodesCluster{architectures: []string{"amd64", "arm64"}}, []string{"amd64", "arm64"}, nil},
		{"the configuration's", false, []string{"arm64"}, nodesCluster{architectures: []string{"s390x"}}, []string{"arm64"}, nil},
		{"no cluster in reach of a preview", true, nil, nil, own, nil},
		{"no node yet", false, nil, nodesCluster{}, own, nil},
		{"a user of one namespace", false, nil, nodesCluster{err: forbidden}, own, nil},
		{"no answer in a preview", true, nil, nodesCluster{err: silent}, own, nil},
		{"no answer in an update", false, nil, nodesCluster{err: silent}, nil, silent},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			err := pulumi.RunErr(func(ctx *pulumi.Context) (err error) {
				got, err = architectures(ctx, config.Config{Architectures: c.configured}, c.cluster)
				return err
			}, pulumi.WithMocks("kubernetes-networking", "test", &recorder{}), func(info *pulumi.RunInfo) { info.DryRun = c.preview })
			if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
				t.Errorf("the architectures are %q (%v), want %q (%v)", got, err, c.want, c.err)
			}
		})
	}
}
