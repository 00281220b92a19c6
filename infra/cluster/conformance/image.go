package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"k8s.io/client-go/util/cert"
	upstream "k8s.io/kubernetes/test/utils/image"
)

// images maps the images that SIG Network's tests use to their entrypoints. One image replaces all of them: Pods of the
// other images only have to run, or use a tool that agnhost's image contains as well.
var images = map[upstream.ImageID]string{
	upstream.Agnhost:              "/agnhost",
	upstream.BusyBox:              "/agnhost",
	upstream.DistrolessIptables:   "/agnhost",
	upstream.GlibcDnsTesting:      "/agnhost",
	upstream.Nginx:                "/agnhost",
	upstream.Pause:                "/agnhost",
	upstream.RegressionIssue74839: "/regression-issue-74839",
}

// file is an entry of the layer above the root file system.
type file struct {
	name, link string
	content    []byte
}

// ownFiles returns the files that upstream's Dockerfiles add: programs, and the certificate of agnhost's porter.
func ownFiles(bin string) ([]file, error) {
	certificate, key, err := cert.GenerateSelfSignedCertKey("localhost", nil, nil)
	if err != nil {
		return nil, err
	}
	files := []file{
		{name: "agnhost-2", link: "agnhost"},
		{name: "localhost.crt", content: certificate},
		{name: "localhost.key", content: key},
	}
	for _, program := range []string{"agnhost", "coredns", "regression-issue-74839"} {
		content, err := os.ReadFile(filepath.Join(bin, program))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: program, content: content})
	}
	return files, nil
}

// layer returns an uncompressed layer with the files: compression takes longer than one copy over the loopback.
func layer(files []file) (v1.Layer, error) {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	for _, file := range files {
		header := tar.Header{Name: file.name, Mode: 0o755, Size: int64(len(file.content))}
		if file.link != "" {
			header.Typeflag, header.Linkname = tar.TypeSymlink, file.link
		}
		if err := archive.WriteHeader(&header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(file.content); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return static.NewLayer(buffer.Bytes(), types.OCIUncompressedLayer), err
}

// testImage builds the image that upstream calls agnhost.
func testImage(rootTar, bin string) (v1.Image, error) {
	root, err := os.ReadFile(rootTar)
	if err != nil {
		return nil, err
	}
	files, err := ownFiles(bin)
	if err != nil {
		return nil, err
	}
	own, err := layer(files)
	if err != nil {
		return nil, err
	}
	scratch := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(scratch, &v1.ConfigFile{
		OS: "linux", Architecture: runtime.GOARCH, RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{
			Cmd: []string{"pause"}, WorkingDir: "/",
			Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		},
	})
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(image, static.NewLayer(root, types.OCIUncompressedLayer), own)
}

// push pushes the image under every name that the tests use.
func push(ctx context.Context, image v1.Image) error {
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	for id, entrypoint := range images {
		reference, err := name.ParseReference(upstream.GetE2EImage(id))
		if err != nil {
			return err
		}
		command := config.Config
		command.Entrypoint = []string{entrypoint}
		renamed, err := mutate.Config(image, command)
		if err != nil {
			return err
		}
		if err := remote.Write(reference, renamed, remote.WithContext(ctx)); err != nil {
			return fmt.Errorf("push the test image: %w", err)
		}
	}
	return nil
}

// useRegistry makes upstream's tests and this program use the given registry for all images. It returns the path of the
// configuration file (https://k8s.io/kubernetes/test/images, "How to use images from a private registry").
func useRegistry(folder, registry string) (string, error) {
	path := filepath.Join(folder, "registries.yaml")
	content := fmt.Sprintf("promoterE2eRegistry: %[1]s/e2e-test-images\nbuildImageRegistry: %[1]s/build-image\ngcRegistry: %[1]s\n", registry)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		return "", err
	}
	upstream.Init(path)
	return path, nil
}
