package changes

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Field is a field that was changed. Before or After is nil if the object did not or does not have it.
type Field struct {
	Path          string
	Before, After any
}

// difference returns the fields that differ, without Pulumi's own annotations, which change nothing in the cluster.
func difference(before, after map[string]any) []Field {
	return slices.DeleteFunc(compare("", before, after), func(field Field) bool {
		return strings.HasPrefix(field.Path, "metadata.annotations[pulumi.com/")
	})
}

func compare(path string, before, after any) []Field {
	if reflect.DeepEqual(before, after) {
		return nil
	}
	if isSecret(before) || isSecret(after) {
		return []Field{{path, before, after}}
	}
	oldMap, isOldMap := before.(map[string]any)
	newMap, isNewMap := after.(map[string]any)
	if isOldMap && isNewMap {
		return compareMaps(path, oldMap, newMap)
	}
	oldList, isOldList := before.([]any)
	newList, isNewList := after.([]any)
	if isOldList && isNewList {
		return compareLists(path, oldList, newList)
	}
	return []Field{{path, before, after}}
}

func compareMaps(path string, before, after map[string]any) []Field {
	keys := maps.Clone(before)
	maps.Copy(keys, after)
	var fields []Field
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		at := path + "." + key
		if strings.ContainsAny(key, "./") {
			at = path + "[" + key + "]"
		}
		fields = append(fields, compare(strings.TrimPrefix(at, "."), before[key], after[key])...)
	}
	return fields
}

// compareLists compares elements with the same name, as Kubernetes merges containers and variables. Without names,
// elements that are in both lists count as unchanged.
func compareLists(path string, before, after []any) []Field {
	oldNamed, ok1 := byName(before)
	newNamed, ok2 := byName(after)
	if ok1 && ok2 {
		var fields []Field
		for _, name := range slices.Sorted(maps.Keys(union(oldNamed, newNamed))) {
			fields = append(fields, compare(fmt.Sprintf("%s[%s]", path, name), oldNamed[name], newNamed[name])...)
		}
		return fields
	}
	removed, added := without(before, after), without(after, before)
	var fields []Field
	for i := range max(len(removed), len(added)) {
		switch {
		case i >= len(added):
			fields = append(fields, Field{at(path, removed[i]), before[removed[i]], nil})
		case i >= len(removed):
			fields = append(fields, Field{at(path, added[i]), nil, after[added[i]]})
		default:
			fields = append(fields, compare(at(path, removed[i]), before[removed[i]], after[added[i]])...)
		}
	}
	return fields
}

func at(path string, index int) string { return fmt.Sprintf("%s[%d]", path, index) }

// without returns the indexes of the elements that others does not hold.
func without(elements, others []any) []int {
	var indexes []int
	for i, element := range elements {
		if !slices.ContainsFunc(others, func(other any) bool { return reflect.DeepEqual(element, other) }) {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

// byName returns the elements by their names, or false if some have no name or share one.
func byName(elements []any) (map[string]any, bool) {
	all := map[string]any{}
	for _, element := range elements {
		fields, _ := element.(map[string]any)
		name, _ := fields["name"].(string)
		if name == "" || all[name] != nil {
			return nil, false
		}
		all[name] = element
	}
	return all, true
}

func union(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
