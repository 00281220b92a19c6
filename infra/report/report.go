// Package report reports the program's errors through Pulumi's engine, each of them once.
package report

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract/redact"
)

// reported marks an error that the engine has already.
type reported struct{ error }

func (r reported) Unwrap() error { return r.error }

// Failure reports the error to the engine, at the resource if that is not nil, and returns the error marked as
// reported. It returns nil for nil. It redacts credentials in URLs, which the errors of libraries quote.
func Failure(ctx *pulumi.Context, err error, at pulumi.Resource) error {
	if err == nil || Reported(err) {
		return err
	}
	if logError := ctx.Log.Error(redact.Text(err.Error()), &pulumi.LogArgs{Resource: at}); logError != nil {
		return errors.Join(err, logError)
	}
	return reported{err}
}

// Reported reports whether Failure has reported this error.
func Reported(err error) bool {
	var mark reported
	return errors.As(err, &mark)
}
