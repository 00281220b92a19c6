package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract/nearest"
)

// unknown returns an error for each key of the stack that was not read, so call it last. The errors show no values,
// because the value of a misspelled key may be secret.
func (r *reader) unknown() []error {
	// The SDK cannot list the keys. It reads them from this variable too.
	given := map[string]string{}
	if err := json.Unmarshal([]byte(cmp.Or(os.Getenv(pulumi.EnvConfig), "{}")), &given); err != nil {
		return []error{fmt.Errorf("read the keys of the configuration: %s is not a JSON object of texts", pulumi.EnvConfig)}
	}
	var unknown []error
	for _, qualified := range slices.Sorted(maps.Keys(given)) {
		namespace, key, _ := strings.Cut(qualified, ":")
		switch {
		case namespace == r.ctx.Project() && !slices.Contains(r.keys, key):
			known := r.nearest(key)
			unknown = append(unknown, fmt.Errorf("%s is not a key of this project; the nearest is %s: "+
				"`pulumi config set %s VALUE` and `pulumi config rm %s`", qualified, known, known, key))
		case namespace == "kubernetes" && slices.Contains(r.keys, key) && given[qualified] != given[r.ctx.Project()+":"+key]:
			unknown = append(unknown, fmt.Errorf("%s is for Pulumi's default provider, which this program does not use, "+
				"and differs from %s:%s: `pulumi config set %s VALUE` and `pulumi config rm %s`", qualified, r.ctx.Project(), key, key, qualified))
		case namespace != r.ctx.Project() && nearest.Distance(namespace, r.ctx.Project()) <= 3: // a misspelled namespace
			unknown = append(unknown, fmt.Errorf("%s is not in the namespace of this project, which is %s: "+
				"`pulumi config set %s VALUE` and `pulumi config rm %s`", qualified, r.ctx.Project(), r.nearest(key), qualified))
		}
	}
	return unknown
}

// nearest returns the known key that is most similar to key.
func (r *reader) nearest(key string) string { return nearest.Name(key, r.keys) }
