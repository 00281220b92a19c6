// Command tools brings everything that the project needs onto this machine: host packages, the Pulumi tool chain, the
// embedded Kubernetes, and the PostgreSQL image. What is installed is used, what is missing is built from source into
// .local, and what is up to date is left alone. The Makefile calls it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"unicode/utf8"
)

const usage = `usage: tools [-root DIR] [-cluster=false] COMMAND

  tools       everything that the demo needs
  cluster     what the embedded cluster needs
  linters     what make lint needs
  portable    check that the program compiles on macOS and Windows
  tests       what make test needs
  browser     what make e2e needs beside the demo
  clustertests what make e2e-cluster needs beside the demo
  conformance what make conformance needs
  await       wait until the URLs of the stack answer
  verify      have the explorer measure who reaches whom, and write that to .local/verify/<stack>
  recover     make the stack ready for an update after one that was killed
  retain      refuse a destroy that would delete data which the configuration retains
  manifests   write the Kubernetes YAML of the stack to .local/manifests/<stack>
  base COMMIT check that commit out to .local/base, with hard links to what is built
  stack       make the stack dev, or check that another one can be used
  outputs     print the URLs of the demo, and what to do next
  lab [ON=NAME | OFF=1]
              list the labs, or switch between them
  doctor      check whether the embedded cluster can run on this machine
  shell SET... -- UNSET...
              open the user's shell with these variables
  shell-check DIR
              compare the environment with that of the shell whose start-up files are in DIR
`

func main() {
	root := flag.String("root", ".", "top folder of the checkout")
	cluster := flag.Bool("cluster", true, "include the embedded Kubernetes cluster")
	flag.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	flag.Parse()

	// An interrupted run stops the compilers and apt too: every child is started with this context.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, *root, *cluster, flag.Args())
	var status exitStatus
	switch {
	case ctx.Err() != nil:
		left := interruption("interrupted; what was finished is kept")
		_ = errors.As(err, &left)
		fmt.Fprintln(os.Stderr, "tools:", left)
		os.Exit(130)
	case errors.As(err, &status):
		os.Exit(int(status))
	case err != nil:
		fmt.Fprintln(os.Stderr, "tools:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, cluster bool, arguments []string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	if !utf8.ValidString(root) { // gRPC, which Pulumi's parts talk with, refuses such strings
		return fmt.Errorf("the path of this checkout, %q, is not UTF-8: move the checkout", root)
	}
	b := &builder{root: root, report: newReport(os.Stderr), out: os.Stdout, seen: map[string]bool{}}
	if len(arguments) == 0 {
		arguments = []string{""}
	}
	switch command := arguments[0]; command { // these change nothing that another run works on
	case "shell":
		return b.shell(arguments[1:])
	case "shell-check":
		if len(arguments) != 2 {
			return errors.New("shell-check needs the folder of the start-up files")
		}
		return checkShell(arguments[1])
	case "stack":
		return b.stack(ctx)
	case "outputs":
		return b.printOutputs(ctx)
	case "lab":
		asked, err := parseLab(arguments[1:])
		if err != nil {
			return err
		}
		if asked.list {
			return b.listLabs(ctx)
		}
		return b.runAlone(ctx, command, cluster, []string{asked.name})
	default:
		return b.runAlone(ctx, command, cluster, arguments[1:])
	}
}

// runAlone runs a command that writes to .local. Another run of one waits until it ends.
func (b *builder) runAlone(ctx context.Context, command string, cluster bool, arguments []string) error {
	for _, folder := range []string{b.local("bin"), b.local("build"), b.local("log")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	unlock, err := lock(ctx, b.local("build", "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	stopReport := b.report.start()
	defer stopReport()

	switch command {
	case "doctor":
		err = b.doctor(ctx)
	case "base":
		err = b.base(ctx, arguments)
	case "tools":
		err = b.prepareDemo(ctx, cluster)
	case "cluster":
		err = b.prepareCluster(ctx)
	case "linters":
		err = b.prepareLinters(ctx)
	case "portable":
		err = b.portable(ctx)
	case "tests":
		err = b.prepare(ctx, testPackages, []binary{postgresImage}, checked)
	case "browser":
		err = b.prepareBrowser(ctx)
	case "clustertests":
		err = b.installPackages(ctx, clusterTestPackages)
	case "conformance":
		err = b.prepare(ctx, imagePackages, []binary{conformanceRunner}, slices.Concat(clusterBinaries, conformanceBinaries))
	case "await":
		err = b.await(ctx)
	case "verify":
		err = b.verify(ctx, os.Stdout, b.local("verify", os.Getenv("PULUMI_STACK")))
	case "recover":
		err = b.recover(ctx)
	case "retain":
		err = b.retain(ctx)
	case "lab":
		err = b.switchLab(ctx, arguments[0])
	case "manifests":
		err = b.manifests(ctx, b.local("manifests", os.Getenv("PULUMI_STACK")))
	default:
		flag.Usage()
		return errors.New("unknown command " + command)
	}
	if err == nil && (command == "tools" || command == "cluster") && b.report.begun == 0 {
		b.report.say("%s: up to date", command)
	}
	return err
}

// prepareCluster is the part of prepareDemo that the cluster starts with: it runs while the rest is built.
func (b *builder) prepareCluster(ctx context.Context) error {
	packages, err := b.clusterPackages()
	if err != nil {
		return err
	}
	return b.prepareEmbedded(ctx, packages, []binary{toolboxImage}, clusterBinaries)
}

func (b *builder) prepareDemo(ctx context.Context, cluster bool) error {
	packages, images, err := b.demoParts(cluster)
	if err != nil {
		return err
	}
	if err := b.prepareEmbedded(ctx, packages, images, binaries(cluster)); err != nil {
		return err
	}
	if os.Getenv("PULUMI_HOME") != b.ownHomeView() {
		return nil
	}
	return b.linkOwnHome()
}

// demoParts returns the host packages of the demo, and the images to build with them.
func (b *builder) demoParts(cluster bool) ([]hostPackage, []binary, error) {
	if !cluster {
		packages, images := b.databaseImage(runtime.GOOS)
		return packages, images, nil
	}
	packages, err := b.demoPackages()
	return packages, []binary{postgresImage}, err
}

// databaseImage returns what makes the PostgreSQL image, and nothing where that cannot be made: a cluster of one's own pulls
// the official image then.
func (b *builder) databaseImage(system string) ([]hostPackage, []binary) {
	if system != "linux" {
		return nil, nil
	}
	if lacking := missing(imagePackages); len(lacking) > 0 {
		if _, err := installer(lacking); err != nil {
			b.report.say("tools: databaseImage defaults to the official image, because %v to build one", err)
			return nil, nil
		}
	}
	return imagePackages, []binary{postgresImage}
}

// prepare builds what does not run on the embedded cluster.
func (b *builder) prepare(ctx context.Context, packages []hostPackage, thenBuild, beside []binary) error {
	if err := buildable(beside, runtime.GOOS); err != nil {
		return err
	}
	if err := b.checkDisk(ctx, beside); err != nil {
		return err
	}
	return b.inLanes(ctx, packages, thenBuild, beside)
}

// prepareEmbedded checks first whether the embedded cluster, if it is among the binaries, can run here.
func (b *builder) prepareEmbedded(ctx context.Context, packages []hostPackage, thenBuild, beside []binary) error {
	if err := buildable(beside, runtime.GOOS); err != nil {
		return err
	}
	if err := b.checkDisk(ctx, beside); err != nil {
		return err
	}
	if err := b.checkMachine(ctx, beside); err != nil {
		return err
	}
	return b.inLanes(ctx, packages, thenBuild, beside)
}

// inLanes works in two lanes. Packages, and what is made of them, wait for the network and the disk, the compiles for
// the processor.
func (b *builder) inLanes(ctx context.Context, packages []hostPackage, thenBuild, beside []binary) error {
	return together(ctx,
		func(ctx context.Context) error {
			if err := b.installPackages(ctx, packages); err != nil {
				return err
			}
			return b.buildAll(ctx, thenBuild)
		},
		func(ctx context.Context) error { return b.buildAll(ctx, beside) },
	)
}

// together runs the lanes side by side. The first that fails stops the others, and its error is the one returned.
func together(ctx context.Context, lanes ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	for _, lane := range lanes {
		go func() {
			if err := lane(ctx); err != nil {
				cancel(err)
			}
			done <- struct{}{}
		}()
	}
	for range lanes {
		<-done
	}
	return context.Cause(ctx)
}
