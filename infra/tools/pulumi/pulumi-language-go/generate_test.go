package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/mod/modfile"
	"google.golang.org/grpc"
)

// tiny is the schema of a package with one resource.
const tiny = `{"name": "tiny", "version": "1.2.3", "meta": {"supportPack": true}, "resources": {"tiny:index:Box": {
	"inputProperties": {"size": {"type": "integer"}}, "requiredInputs": ["size"],
	"properties": {"size": {"type": "integer"}}, "required": ["size"]}}}`

// loaderOf serves the schema of tiny, as the engine does. It returns the address of the server.
func loaderOf(t *testing.T) string {
	t.Helper()
	var specification schema.PackageSpec
	if err := json.Unmarshal([]byte(tiny), &specification); err != nil {
		t.Fatal(err)
	}
	bound, err := schema.ImportSpec(specification, nil, schema.ValidationOptions{})
	if err != nil {
		t.Fatal(err)
	}
	loader := schema.NewCachedLoaderWithEntries(nil, map[string]schema.PackageReference{
		"tiny:": bound.Reference(), "tiny:1.2.3": bound.Reference(), // requests without and with a version
	})
	stop := make(chan bool)
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(s *grpc.Server) error {
			schema.LoaderRegistration(schema.NewLoaderServer(loader))(s)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(stop)
		<-server.Done
	})
	return "127.0.0.1:" + strconv.Itoa(server.Port)
}

const boxProgram = `resource box "tiny:index:Box" {
	__logicalName = "box"
	size = 3
	options {
		version = "1.2.3"
	}
}
`

func TestAnImportedResourceIsShownAsGo(t *testing.T) {
	response, err := newHost("", nil).GenerateProgram(t.Context(), &pulumirpc.GenerateProgramRequest{
		Source: map[string]string{"main.pp": boxProgram}, LoaderTarget: loaderOf(t), Strict: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	source := string(response.Source["main.go"])
	for _, want := range []string{`tiny.NewBox(ctx, "box"`, "Size: pulumi.Int(3)", "package main"} {
		if !strings.Contains(source, want) {
			t.Errorf("got %s and %v, want %s in it", source, response.Diagnostics, want)
		}
	}
}

func TestAProgramThatCannotBeTranslatedNamesTheFaultyPart(t *testing.T) {
	for source, want := range map[string]string{"resource {": "main.pp", `resource a "tiny:index:Bag" {}`: "tiny:index:Bag"} {
		response, err := newHost("", nil).GenerateProgram(t.Context(), &pulumirpc.GenerateProgramRequest{
			Source: map[string]string{"main.pp": source}, LoaderTarget: loaderOf(t), Strict: true,
		})
		if got := fmt.Sprint(response.GetDiagnostics(), err); len(response.GetSource()) > 0 || !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want no source and %q", source, got, want)
		}
	}
}

func TestAConvertedProjectHasAProgramAndItsModule(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()
	write(t, filepath.Join(source, "main.pp"), boxProgram)
	response, err := newHost("", nil).GenerateProject(t.Context(), &pulumirpc.GenerateProjectRequest{
		SourceDirectory: source, TargetDirectory: target, Project: `{"name": "converted", "runtime": "pcl"}`, LoaderTarget: loaderOf(t),
	})
	if err != nil || len(response.Diagnostics) > 0 {
		t.Fatal(response, err)
	}
	for name, want := range map[string]string{
		"main.go": "tiny.NewBox(", "go.mod": "module converted\n", "Pulumi.yaml": "runtime: go",
	} {
		if content, err := os.ReadFile(filepath.Join(target, name)); err != nil || !strings.Contains(string(content), want) {
			t.Errorf("%s holds %q, %v, want %q in it", name, content, err, want)
		}
	}
}

func TestAnAddedPackageIsGeneratedAndLinkedAndPacked(t *testing.T) {
	program, packed := t.TempDir(), t.TempDir()
	sdk := filepath.Join(program, "sdks", "tiny")
	write(t, filepath.Join(program, "go.mod"), "module example.com/program\n\ngo 1.26.0\n")
	h, loader := newHost("", nil), loaderOf(t)
	generated, err := h.GeneratePackage(t.Context(), &pulumirpc.GeneratePackageRequest{
		Directory: sdk, Schema: tiny, LoaderTarget: loader, Local: true,
	})
	if err != nil || len(generated.Diagnostics) > 0 {
		t.Fatal(generated, err)
	}
	module := modulePath(t, filepath.Join(sdk, "go.mod"))
	linked, err := h.Link(t.Context(), &pulumirpc.LinkRequest{
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: program}, LoaderTarget: loader,
		Packages: []*pulumirpc.LinkRequest_LinkDependency{{
			Path: "sdks/tiny", Package: &pulumirpc.PackageDependency{Name: "tiny", Version: "1.2.3"},
		}},
	})
	if err != nil || !strings.Contains(linked.ImportInstructions, module) {
		t.Errorf("got %v, %v, want the import path of a package of %s", linked, err, module)
	}
	content, err := os.ReadFile(filepath.Join(program, "go.mod"))
	if want := "replace " + module + " => ./sdks/tiny\n"; err != nil || !strings.Contains(string(content), want) {
		t.Errorf("go.mod is %q, %v, want %q in it", content, err, want)
	}
	artifact, err := h.Pack(t.Context(), &pulumirpc.PackRequest{PackageDirectory: sdk, DestinationDirectory: packed})
	if err != nil || filepath.Dir(artifact.ArtifactPath) != packed || modulePath(t, filepath.Join(artifact.ArtifactPath, "go.mod")) != module {
		t.Errorf("got %v, %v, want a copy of the module in %s", artifact, err, packed)
	}
}

func modulePath(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return modfile.ModulePath(content)
}

func TestADebuggerIsRefusedWithARemedy(t *testing.T) {
	request := program(t, "")
	request.AttachDebugger = true
	response, errors := run(t, request)
	if !response.Bail || len(errors) != 1 || !strings.Contains(errors[0], "--attach-debugger") || !strings.Contains(errors[0], "make tools") {
		t.Errorf("got %v and %q, want one error with the flag and the remedy", response, errors)
	}
}
