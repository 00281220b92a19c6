package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"example.com/kubernetes-networking/infra/tools/internal/provider"
)

func main() {
	root, _ := filepath.Abs(os.Args[1])
	fmt.Println(provider.Prepare(context.Background(), filepath.Join(root, "infra/tools/pulumi"), filepath.Join(root, ".local/build")))
}
