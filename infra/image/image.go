// Package image declares the container images of the demo as components. A Builder builds them.
package image

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/report"
)

// Image is a container image that the program builds.
type Image struct {
	pulumi.ResourceState

	// Ref is the reference of the image. It is pinned by digest, so that Pods are replaced exactly when their image has
	// changed. It is unknown in a preview if only an update builds the image.
	Ref pulumi.StringOutput `pulumi:"ref"`
}

// Builder builds images. images.Builder implements it.
type Builder interface {
	// App returns the reference of the image of the app with this name.
	App(ctx context.Context, name string) (ref string, err error)
	// Postgres returns the reference of the PostgreSQL image. In a preview that does not build it, known is false.
	Postgres(ctx context.Context) (ref string, known bool, err error)
}

// NewApp declares the image of an app.
func NewApp(ctx *pulumi.Context, name string, builder Builder, opts ...pulumi.ResourceOption) (*Image, error) {
	return newImage(ctx, name, func(ctx context.Context) (string, bool, error) {
		ref, err := builder.App(ctx, name)
		return ref, true, err
	}, opts...)
}

// NewPostgres declares the PostgreSQL image: the given one, or the one of the builder if given is empty.
func NewPostgres(
	ctx *pulumi.Context, name, given string, builder Builder, opts ...pulumi.ResourceOption,
) (*Image, error) {
	return newImage(ctx, name, func(ctx context.Context) (string, bool, error) {
		if given != "" {
			return given, true, nil
		}
		return builder.Postgres(ctx)
	}, opts...)
}

func newImage(
	ctx *pulumi.Context, name string, build func(context.Context) (string, bool, error), opts ...pulumi.ResourceOption,
) (*Image, error) {
	image := &Image{}
	if err := ctx.RegisterComponentResource("kubernetes-networking:image:Image", name, image, opts...); err != nil {
		return nil, fmt.Errorf("declare the image %s: %w", name, err)
	}
	// The build runs concurrently with other builds and with the rest of the program.
	output, resolve, reject := ctx.NewOutput()
	go func() {
		ref, known, err := build(ctx.Context())
		switch {
		case err != nil:
			reject(report.Failure(ctx, err, image))
		case !known:
			resolve(pulumi.UnsafeUnknownOutput(nil))
		default:
			resolve(ref)
		}
	}()
	image.Ref = output.ApplyT(func(ref any) string {
		text, _ := ref.(string)
		return text
	}).(pulumi.StringOutput)
	if err := ctx.RegisterResourceOutputs(image, pulumi.Map{"ref": image.Ref}); err != nil {
		return nil, fmt.Errorf("declare the image %s: %w", name, err)
	}
	return image, nil
}
