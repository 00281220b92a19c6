// Command toolbox builds the toolbox image ahead of time: the embedded cluster pushes it to its registry when it
// starts. The command does nothing if the cache has an image of the current recipe.
package main

import (
	"example.com/kubernetes-networking/images/cmd/internal/prebuild"
	"example.com/kubernetes-networking/images/toolbox"
)

func main() { prebuild.Image("toolbox image", toolbox.Recipe.Image) }
