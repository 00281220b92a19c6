package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"example.com/kubernetes-networking/infra/api"
	"example.com/kubernetes-networking/infra/config"
)

type storageClass struct {
	Metadata struct {
		Name        string
		Annotations map[string]string
	}
	AllowVolumeExpansion bool
}

func (c storageClass) isDefault() bool {
	return c.Metadata.Annotations["storageclass.kubernetes.io/is-default-class"] == "true"
}

type volumeClaim struct {
	Metadata struct{ Name string }
	Spec     struct {
		StorageClassName string
		Resources        struct{ Requests struct{ Storage string } }
	}
	Status struct {
		Phase    string
		Capacity struct{ Storage string }
	}
}

// volumes checks that new volumes of databases have a StorageClass, and that existing ones can get the configured size.
func volumes(
	ctx context.Context, cluster Reader, stack config.Config, databases []string, deployed bool,
) (warnings []string, err error) {
	if len(databases) == 0 {
		return nil, nil
	}
	var classes struct{ Items []storageClass }
	var claims struct{ Items []volumeClaim }
	err = cluster.Get(ctx, "/apis/storage.k8s.io/v1/storageclasses", &classes)
	if err == nil && deployed {
		err = cluster.Get(ctx, "/api/v1/namespaces/"+stack.Namespace+"/persistentvolumeclaims", &claims)
	}
	if errors.Is(err, api.ErrForbidden) {
		return nil, nil // the API server checks the claims when they are created
	}
	if err != nil {
		return nil, err
	}
	var missing, problems []string
	for _, database := range databases {
		i := slices.IndexFunc(claims.Items, func(c volumeClaim) bool { return c.Metadata.Name == database })
		if i < 0 {
			missing = append(missing, database)
			continue
		}
		problem, warning := resize(claims.Items[i], stack, classes.Items)
		if problem != "" && !slices.Contains(problems, problem) {
			problems = append(problems, problem)
		}
		if warning != "" {
			warnings = append(warnings, warning)
		}
	}
	if len(missing) > 0 {
		if err := hasClass(ctx, cluster, stack.StorageClass, classes.Items); err != nil {
			return warnings, err
		}
	}
	if len(problems) > 0 {
		return warnings, errors.New(problems[0]) // the other databases have the same problem
	}
	return warnings, nil
}

// resize returns a problem or a warning if a volume differs from the configuration.
func resize(claim volumeClaim, stack config.Config, classes []storageClass) (problem, warning string) {
	class := claim.Spec.StorageClassName
	if stack.StorageClass != "" && stack.StorageClass != class {
		if claim.Status.Phase != "Bound" {
			return fmt.Sprintf("kubernetes-networking:storageClass is %q, but the volume of %s waits for the StorageClass %q: "+
				"delete its claim, which has no data (kubectl --namespace %s delete persistentvolumeclaim %[2]s), and run "+
				"`make up`", stack.StorageClass, claim.Metadata.Name, class, stack.Namespace), ""
		}
		warning = fmt.Sprintf("kubernetes-networking:storageClass is %q, which applies to new volumes only: %s keeps its "+
			"volume of the StorageClass %q", stack.StorageClass, claim.Metadata.Name, class)
	}
	wanted, err := resource.ParseQuantity(stack.DatabaseStorage)
	if err != nil {
		return fmt.Sprintf("kubernetes-networking:databaseStorage is %q: %v", stack.DatabaseStorage, err), warning
	}
	size := claim.Status.Capacity.Storage
	if size == "" {
		size = claim.Spec.Resources.Requests.Storage
	}
	has, err := resource.ParseQuantity(size)
	if err != nil {
		return "", warning
	}
	var cause string
	switch i := slices.IndexFunc(classes, func(c storageClass) bool { return c.Metadata.Name == class }); {
	case wanted.Cmp(has) == 0:
		return "", warning
	case wanted.Cmp(has) < 0:
		cause = "a volume cannot become smaller"
	case claim.Status.Phase != "Bound":
		cause = "it is not created yet, and only a bound volume can be expanded"
	case i < 0 || !classes[i].AllowVolumeExpansion:
		cause = fmt.Sprintf("its StorageClass %q does not allow expansion", class)
	default:
		return "", warning
	}
	return fmt.Sprintf("kubernetes-networking:databaseStorage is %q, and the volume of %s has %s: %s "+
		"(pulumi config set databaseStorage %[3]s)", stack.DatabaseStorage, claim.Metadata.Name, size, cause), warning
}

// hasClass returns an error if no StorageClass or volume fits a new claim.
func hasClass(ctx context.Context, cluster Reader, name string, classes []storageClass) error {
	var names []string
	for _, class := range classes {
		if class.Metadata.Name == name || name == "" && class.isDefault() {
			return nil
		}
		names = append(names, class.Metadata.Name)
	}
	known := "it has none"
	if len(names) > 0 {
		known = "it has " + strings.Join(names, ", ")
	}
	if name == "" {
		return fmt.Errorf("kubernetes-networking:storageClass is not set, and the cluster has no default StorageClass: %s "+
			"(pulumi config set storageClass NAME)", known)
	}
	// A volume that was created by hand may name a class that does not exist.
	var volumes struct {
		Items []struct {
			Spec struct{ StorageClassName string }
		}
	}
	if err := cluster.Get(ctx, "/api/v1/persistentvolumes", &volumes); err != nil && !errors.Is(err, api.ErrForbidden) {
		return err
	}
	for _, volume := range volumes.Items {
		if volume.Spec.StorageClassName == name {
			return nil
		}
	}
	return fmt.Errorf("kubernetes-networking:storageClass is %q, and the cluster has no StorageClass of this name: %s "+
		"(pulumi config set storageClass NAME)", name, known)
}
