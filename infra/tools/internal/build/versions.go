package build

// The versions of the programs that are built from source. go.mod files require them; a test compares both. That of the
// Kubernetes provider is in package provider.
const (
	kubernetesVersion = "v1." + kubernetesMinor + ".2"
	kubernetesMinor   = "37"
	etcdVersion       = "v3.7.3"
	coreDNSVersion    = "v1.15.0"
	containerdVersion = "v2.4.2"
	cniVersion        = "v1.10.0"
	pulumiVersion     = "v3.232.0"
)
