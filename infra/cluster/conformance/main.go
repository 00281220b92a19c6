// Command conformance runs Kubernetes' own tests of networking against the embedded cluster.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// conformant is the label filter of the tests that every conformant cluster passes.
const conformant = "sig-network && Conformance"

func main() {
	root := flag.String("root", ".local", "folder of the binaries, of the cluster's state, and of the results")
	filter := flag.String("labels", conformant, "ginkgo's label filter")
	focus := flag.String("focus", "", "only tests whose names match this regular expression")
	prepare := flag.Bool("prepare", false, "make the test image's root file system, and no more")
	flag.Parse()
	absolute, err := filepath.Abs(*root) // ginkgo works in the folder of the tests' binary
	if err != nil {
		fail(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, layout.Root(absolute), *prepare, *filter, *focus); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "conformance:", err)
	os.Exit(1)
}

func run(ctx context.Context, root layout.Root, prepare bool, filter, focus string) error {
	rootTar, err := rootFileSystem(ctx, filepath.Join(string(root), "images"))
	if err != nil || prepare {
		return err
	}
	folder := filepath.Join(string(root), "conformance") // of this run alone: upstream's framework adds the logs of Pods
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	registries, err := useRegistry(folder, layout.RegistryAddress)
	if err != nil {
		return err
	}
	image, err := testImage(rootTar, root.Bin(""))
	if err != nil {
		return err
	}
	if err := push(ctx, image); err != nil {
		return fmt.Errorf("%w: is the cluster running? (make cluster)", err)
	}
	return suite{root: root, folder: folder, registries: registries, filter: filter, focus: focus}.run(ctx)
}

func say(format string, args ...any) { fmt.Printf("conformance: "+format+"\n", args...) }
