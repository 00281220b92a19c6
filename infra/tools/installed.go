package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/kubernetes-networking/infra/tools/internal/provider"
)

// installedPulumi is the pulumi of the user's PATH, if it is at least the pinned version and brings the Go language
// host, as Pulumi's own packages do.
func (b *builder) installedPulumi() string {
	pulumi := b.lookPath("pulumi")
	if pulumi == "" || languageHostOf(pulumi) == "" {
		return ""
	}
	// Asked each time, though .local/bin may link to it already: the pinned version rises, and programs are replaced.
	command := exec.Command(pulumi, "version")
	command.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	out, err := command.Output()
	if err != nil || !atLeast(strings.TrimSpace(string(out)), pulumiVersion) {
		return ""
	}
	return pulumi
}

// installedLanguageHost belongs to the installed CLI: the two are released together.
func (b *builder) installedLanguageHost() string {
	if pulumi := b.installedPulumi(); pulumi != "" {
		return languageHostOf(pulumi)
	}
	return ""
}

// installedProvider is the plugin of exactly the pinned version among those that pulumi has installed: in the user's own
// home, or in one of this checkout.
func (b *builder) installedProvider() string {
	const path = "plugins/resource-kubernetes-v" + provider.Version + "/pulumi-resource-kubernetes"
	if own := ownPulumiHome(); own != "" {
		if found, err := exec.LookPath(filepath.Join(own, path)); err == nil {
			return found
		}
	}
	for _, home := range b.pulumiHomes() {
		found, err := exec.LookPath(filepath.Join(home, path))
		if err == nil && !isLink(found) { // else it is what this program has put there
			return found
		}
	}
	return ""
}

// languageHostOf is the Go language host beside a pulumi binary, where pulumi itself looks for it.
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

// lookPath finds a program in PATH, .local/bin left out: what was built there is not installed.
func (b *builder) lookPath(name string) string {
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		if !filepath.IsAbs(folder) || filepath.Clean(folder) == b.local("bin") {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
			return path
		}
	}
	return ""
}

// atLeast compares two versions of the form v1.2.3. A version that has another form, such as a pre-release, is not good
// enough.
func atLeast(version, minimum string) bool {
	have, ok := parseVersion(version)
	want, wantOK := parseVersion(minimum)
	if !ok || !wantOK {
		return false
	}
	for i := range have {
		if have[i] != want[i] {
			return have[i] > want[i]
		}
	}
	return true
}

func parseVersion(version string) (numbers [3]int, ok bool) {
	parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
	if len(parts) != len(numbers) {
		return numbers, false
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil {
			return numbers, false
		}
		numbers[i] = n
	}
	return numbers, true
}
