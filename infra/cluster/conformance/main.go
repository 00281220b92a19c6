// Command conformance runs Kubernetes' own networking tests (SIG Network) against the embedded cluster. `make
// conformance` runs it.
//
// It builds one image for the tests' Pods (rootfs.go, image.go), runs ginkgo with the test binary in ./suite
// (suite.go), and prints a summary of the report (results.go). It is a module of its own, because the tests need
// packages that the cluster does not.
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

// conformant is the label filter of the tests that a conformant cluster must pass.
const conformant = "sig-network && Conformance"

func main() {
	root := flag.String("root", ".local", "folder of the binaries, the cluster's state and the results")
	filter := flag.String("labels", conformant, "ginkgo's label filter")
	focus := flag.String("focus", "", "only tests whose names match this regular expression")
	prepare := flag.Bool("prepare", false, "only build the root file system of the test image")
	flag.Parse()
	absolute, err := filepath.Abs(*root) // ginkgo changes to the folder of the test binary
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
	// The folder is emptied for each run, because upstream's framework adds the logs of Pods.
	folder := filepath.Join(string(root), "conformance")
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
	if !kernelHasSCTP() {
		progress("this kernel has no SCTP, so the tests with the label %s do not run", connectsSCTP)
		filter = withoutSCTP(filter)
	}
	return suite{root: root, folder: folder, registries: registries, filter: filter, focus: focus}.run(ctx)
}

// progress prints a line of progress.
func progress(format string, args ...any) { fmt.Printf("conformance: "+format+"\n", args...) }
