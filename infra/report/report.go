// Package report tells people, through Pulumi's engine, why the program fails.
package report

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract/redact"
)

// reported marks an error that has been told already.
type reported struct{ error }

func (r reported) Unwrap() error { return r.error }

// Failure tells the engine why the program fails, at the resource if there is one, and returns the error marked as
// told. It returns nil for no error. Errors of libraries quote URLs, so that credentials in URLs are hidden.
func Failure(ctx *pulumi.Context, err error, at pulumi.Resource) error {
	if err == nil || Told(err) {
		return err
	}
	if logError := ctx.Log.Error(redact.Text(err.Error()), &pulumi.LogArgs{Resource: at}); logError != nil {
		return errors.Join(err, logError)
	}
	return reported{err}
}

// Told reports whether Failure has told this error.
func Told(err error) bool {
	var mark reported
	return errors.As(err, &mark)
}
