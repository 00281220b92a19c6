package registry

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
	"github.com/olareg/olareg/types"
	"github.com/opencontainers/go-digest"
)

// repair deletes damaged images, interrupted uploads and unused blobs from the repositories in dir. Unused blobs may be
// damaged, and a client does not push a blob that the registry has. It must run before olareg.
func repair(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		switch entry.Name() {
		case "_uploads":
			err = os.RemoveAll(path)
		case "blobs":
			err = repairRepository(filepath.Dir(path))
		default:
			return nil
		}
		return cmp.Or(err, fs.SkipDir)
	})
}

func repairRepository(folder string) error {
	index, err := readIndex(folder)
	if err != nil {
		return err
	}
	needed := map[string]bool{}
	kept := []types.Descriptor{}
	for _, image := range index.Manifests {
		blobs, err := check(folder, image)
		if err != nil {
			slog.Warn("damaged image deleted: push it again", "repository", folder, "manifest", image.Digest, "error", err)
			continue
		}
		kept = append(kept, image)
		for _, blob := range blobs {
			needed[blobFile(folder, blob)] = true
		}
	}
	if len(kept) < len(index.Manifests) {
		index.Manifests = kept
		if err := writeIndex(folder, index); err != nil {
			return err
		}
	}
	return removeOthers(filepath.Join(folder, "blobs"), needed)
}

// readIndex returns the newest intact index of the repository in folder, or an empty index.
func readIndex(folder string) (types.Index, error) {
	for _, name := range []string{"index.json", lastIndex} {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return types.Index{}, err
		}
		var index types.Index
		switch {
		case json.Unmarshal(content, &index) != nil:
			continue
		case name == lastIndex:
			slog.Warn("last push lost: push the image again", "repository", folder)
			return index, writeIndex(folder, index)
		}
		return index, nil
	}
	slog.Warn("all images of a repository lost: push them again", "repository", folder)
	empty := types.Index{SchemaVersion: 2, MediaType: types.MediaTypeOCI1ManifestList, Manifests: []types.Descriptor{}}
	return empty, writeIndex(folder, empty)
}

func writeIndex(folder string, index types.Index) error {
	content, err := json.Marshal(index)
	if err != nil {
		return err
	}
	return renameio.WriteFile(filepath.Join(folder, "index.json"), content, 0o600)
}

// check returns the digests of all blobs of an image, or an error if a blob is missing or incomplete.
func check(folder string, image types.Descriptor) (blobs []digest.Digest, err error) {
	if err := image.Digest.Validate(); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(blobFile(folder, image.Digest))
	if err != nil {
		return nil, err
	}
	if found := image.Digest.Algorithm().FromBytes(content); found != image.Digest {
		return nil, fmt.Errorf("the manifest %s has the digest %s", image.Digest, found)
	}
	blobs = []digest.Digest{image.Digest}
	if types.MediaTypeIndex(image.MediaType) {
		var index types.Index
		if err := json.Unmarshal(content, &index); err != nil {
			return nil, err
		}
		for _, child := range index.Manifests {
			more, err := check(folder, child)
			if err != nil {
				return nil, err
			}
			blobs = append(blobs, more...)
		}
		return blobs, nil
	}
	var m types.Manifest
	if err := json.Unmarshal(content, &m); err != nil {
		return nil, err
	}
	for _, blob := range append(m.Layers, m.Config) {
		if err := checkSize(folder, blob); err != nil {
			return nil, err
		}
		blobs = append(blobs, blob.Digest)
	}
	return blobs, nil
}

// checkSize compares the size of a blob with the manifest: a power cut can truncate files.
func checkSize(folder string, blob types.Descriptor) error {
	if err := blob.Digest.Validate(); err != nil {
		return err
	}
	info, err := os.Stat(blobFile(folder, blob.Digest))
	switch {
	case errors.Is(err, os.ErrNotExist) && isForeign(blob):
		return nil
	case err != nil:
		return err
	case info.Size() != blob.Size:
		return fmt.Errorf("blob %s has %d bytes, want %d", blob.Digest, info.Size(), blob.Size)
	}
	return nil
}

// removeOthers deletes all files in folder except those in needed.
func removeOthers(folder string, needed map[string]bool) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) && path == folder { // a repository without blobs
			return nil
		}
		if err != nil || entry.IsDir() || needed[path] {
			return err
		}
		slog.Info("unused blob deleted", "blob", path)
		return os.Remove(path)
	})
}
