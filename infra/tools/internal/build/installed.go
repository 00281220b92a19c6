package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"

	"example.com/kubernetes-networking/infra/tools/internal/provider"
)

// installedPulumi returns the pulumi of the user's PATH if it is at least the pinned version and comes with the Go
// language host, as Pulumi's own packages do.
func (b *Builder) installedPulumi() string {
	pulumi := b.lookPath("pulumi")
	if pulumi == "" || languageHostOf(pulumi) == "" {
		return ""
	}
	// Run each time, also if .local/bin links to it already: the pinned version rises, and users replace programs.
	command := exec.Command(pulumi, "version")
	command.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	out, err := command.Output()
	if err != nil || !atLeast(strings.TrimSpace(string(out)), pulumiVersion) {
		return ""
	}
	return pulumi
}

// installedLanguageHost returns the language host of the installed CLI: the two are released together.
func (b *Builder) installedLanguageHost() string {
	if pulumi := b.installedPulumi(); pulumi != "" {
		return languageHostOf(pulumi)
	}
	return ""
}

// fullSuffix marks the provider that `pulumi plugin install` has put into a Pulumi home of this checkout.
const fullSuffix = "-full"

// installedProvider returns a plugin of the pinned version that pulumi has installed: in the user's own home, or in one
// of this checkout. The latter it renames, so that linkPlugin can put a wrapper in its place.
func (b *Builder) installedProvider() string {
	const path = "plugins/resource-kubernetes-v" + provider.Version + "/pulumi-resource-kubernetes"
	if own := ownPulumiHome(); own != "" {
		if found, err := exec.LookPath(filepath.Join(own, path)); err == nil {
			return found
		}
	}
	for _, home := range b.pulumiHomes() {
		plugin := filepath.Join(home, path)
		if info, err := os.Lstat(plugin); err == nil && info.Mode().IsRegular() {
			_ = os.Rename(plugin, plugin+fullSuffix) // on failure the plugin is used as it is, without a wrapper
		}
		if found, err := exec.LookPath(plugin + fullSuffix); err == nil {
			return found
		}
	}
	return ""
}

// languageHostOf returns the Go language host in the folder of a pulumi binary, where pulumi itself looks for it.
func languageHostOf(pulumi string) string {
	resolved, err := filepath.EvalSymlinks(pulumi)
	if err != nil {
		return ""
	}
	path, err := exec.LookPath(filepath.Join(filepath.Dir(resolved), "pulumi-language-go"))
	if err != nil {
		return ""
	}
	return path
}

// lookPath finds a program in PATH. It skips .local/bin, which holds programs that were built here.
func (b *Builder) lookPath(name string) string {
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		if !filepath.IsAbs(folder) || filepath.Clean(folder) == b.Local("bin") {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
			return path
		}
	}
	return ""
}

// atLeast reports whether version, with or without a leading v, is a release that is not older than minimum.
func atLeast(version, minimum string) bool {
	version = "v" + strings.TrimPrefix(version, "v")
	return semver.IsValid(version) && semver.Prerelease(version) == "" && semver.Compare(version, minimum) >= 0
}
