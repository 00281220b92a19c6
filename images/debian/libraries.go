package debian

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"fmt"
	"path"
	"strings"
)

// isLibrary reports whether the path is a shared library of the system or the dynamic loader.
func isLibrary(name string) bool {
	folder, base := path.Split(name)
	if strings.HasPrefix(base, "ld-linux") {
		return true
	}
	inLibraryFolder := strings.HasSuffix(folder, "-linux-gnu/") &&
		(strings.HasPrefix(folder, "lib/") || strings.HasPrefix(folder, "usr/lib/"))
	// LLVM is a third of the extracted files, and only PostgreSQL's JIT, which its keep function drops, needs it.
	return inLibraryFolder && strings.Contains(base, ".so") && !strings.HasPrefix(base, "libLLVM")
}

// trim drops the libraries that no kept file needs, directly or through another library.
func trim(all Files, keep Keep) (Files, error) {
	libraries := map[string]string{} // path by the name that programs reference
	for name := range all {
		if isLibrary(name) {
			libraries[path.Base(name)] = name
		}
	}
	kept := Files{}
	var visit func(name string) error
	visit = func(name string) error {
		entry, found := all[name]
		if _, done := kept[name]; done || !found {
			return nil
		}
		kept[name] = entry
		if target := linkTarget(name, entry.Header); target != "" {
			return visit(target)
		}
		needed, err := needs(entry.Content)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, library := range needed {
			if libraries[library] == "" {
				return fmt.Errorf("%s needs %s, which no package contains", name, library)
			}
			if err := visit(libraries[library]); err != nil {
				return err
			}
		}
		return nil
	}
	for name := range all {
		if keep(name) || strings.HasPrefix(path.Base(name), "ld-linux") {
			if err := visit(name); err != nil {
				return nil, err
			}
		}
	}
	return kept, nil
}

// linkTarget returns the path that a link leads to. It returns "" if the entry is not a link.
func linkTarget(name string, header tar.Header) string {
	switch {
	case header.Typeflag == tar.TypeLink, path.IsAbs(header.Linkname):
		return strings.TrimPrefix(path.Clean(header.Linkname), "/")
	case header.Typeflag == tar.TypeSymlink:
		return path.Join(path.Dir(name), header.Linkname)
	default:
		return ""
	}
}

// needs returns the shared libraries that a program or library needs, from its ELF header.
func needs(content []byte) ([]string, error) {
	if !bytes.HasPrefix(content, []byte(elf.ELFMAG)) {
		return nil, nil
	}
	object, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("parse ELF: %w", err)
	}
	libraries, err := object.ImportedLibraries()
	if err != nil {
		return nil, fmt.Errorf("read the needed libraries: %w", err)
	}
	return libraries, nil
}
