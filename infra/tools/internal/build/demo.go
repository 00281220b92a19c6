package build

import (
	"context"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"example.com/kubernetes-networking/infra/tools/internal/host"
)

// Demo prepares everything that the demo needs: the Pulumi tool chain, the images and, with cluster, the embedded
// cluster.
func (b *Builder) Demo(ctx context.Context, cluster bool) error {
	packages, images, err := b.demoImage(cluster)
	if err != nil {
		return err
	}
	if err := b.prepareEmbedded(ctx, packages, images, binaries(cluster)); err != nil {
		return err
	}
	b.reportUpToDate("tools")
	if os.Getenv("PULUMI_HOME") != b.ownHomeView() {
		return nil
	}
	return b.linkOwnHome()
}

// Cluster prepares what the embedded cluster starts with. The rest of the demo can be built while the cluster starts.
func (b *Builder) Cluster(ctx context.Context) error {
	packages, err := host.Cluster(b.Checkout)
	if err != nil {
		return err
	}
	if err := b.prepareEmbedded(ctx, packages, []binary{toolboxImage}, clusterBinaries); err != nil {
		return err
	}
	b.reportUpToDate("cluster")
	return nil
}

// reportUpToDate reports that there was nothing to do for a command.
func (b *Builder) reportUpToDate(command string) {
	if b.report.Begun() == 0 {
		b.report.Printf("%s: up to date", command)
	}
}

// Tests prepares what `make test` needs.
func (b *Builder) Tests(ctx context.Context) error {
	return b.prepare(ctx, host.Tests, []binary{postgresImage}, checked)
}

// ClusterTests prepares what `make e2e-cluster` needs in addition to the demo.
func (b *Builder) ClusterTests(ctx context.Context) error {
	return host.Install(ctx, b.Checkout, b.report, host.ClusterTests)
}

// Conformance prepares what `make conformance` needs.
func (b *Builder) Conformance(ctx context.Context) error {
	return b.prepare(ctx, host.Images, []binary{conformanceRunner}, slices.Concat(clusterBinaries, conformanceBinaries))
}

// demoImage returns the host packages and the image of the demo.
func (b *Builder) demoImage(cluster bool) ([]host.Package, []binary, error) {
	if !cluster {
		packages, images := b.databaseImage(runtime.GOOS)
		return packages, images, nil
	}
	packages, err := host.Cluster(b.Checkout)
	return slices.Concat(host.Images, packages), []binary{postgresImage}, err
}

// databaseImage returns the host packages and the image of PostgreSQL. It returns none if this machine cannot build the
// image: a stack on another cluster then uses the official one.
func (b *Builder) databaseImage(system string) ([]host.Package, []binary) {
	if system != "linux" {
		return nil, nil
	}
	if err := host.CheckInstallable(host.Images); err != nil {
		b.report.Printf("tools: databaseImage defaults to the official image, because %v to build one", err)
		return nil, nil
	}
	return host.Images, []binary{postgresImage}
}

// prepare installs the packages, builds the images and compiles the binaries.
func (b *Builder) prepare(ctx context.Context, packages []host.Package, images, binaries []binary) error {
	if err := b.check(ctx, binaries); err != nil {
		return err
	}
	return b.inLanes(ctx, packages, images, binaries)
}

// prepareEmbedded also checks first whether the embedded cluster, if it is among the binaries, can run on this machine.
func (b *Builder) prepareEmbedded(ctx context.Context, packages []host.Package, images, binaries []binary) error {
	if err := b.check(ctx, binaries); err != nil {
		return err
	}
	if err := b.checkMachine(ctx, binaries); err != nil {
		return err
	}
	return b.inLanes(ctx, packages, images, binaries)
}

// check returns an error if the binaries cannot be built on this machine.
func (b *Builder) check(ctx context.Context, binaries []binary) error {
	if err := buildable(binaries, runtime.GOOS); err != nil {
		return err
	}
	return b.checkDisk(ctx, binaries)
}

// inLanes works in two lanes: packages and images wait for the network and the disk, compiles for the processor. The
// first failure stops the other lane.
func (b *Builder) inLanes(ctx context.Context, packages []host.Package, images, binaries []binary) error {
	lanes, ctx := errgroup.WithContext(ctx)
	lanes.Go(func() error {
		if err := host.Install(ctx, b.Checkout, b.report, packages); err != nil {
			return err
		}
		return b.buildAll(ctx, images)
	})
	lanes.Go(func() error { return b.buildAll(ctx, binaries) })
	return lanes.Wait()
}
