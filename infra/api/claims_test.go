package api

import (
	"errors"
	"slices"
	"testing"
)

const claimsPath = "/api/v1/namespaces/shop/persistentvolumeclaims?labelSelector=a%3Db%2Cc%3Dd"

func TestClaimsAreThoseThatNobodyHasDeleted(t *testing.T) {
	for answer, want := range map[string][]string{
		`{"items": []}`: nil,
		`{"items": [{"metadata": {"name": "orders"}}, {"metadata": {"name": "clients"}},
			{"metadata": {"name": "gone", "deletionTimestamp": "2026-01-02T03:04:05Z"}}]}`: {"clients", "orders"},
	} {
		got, err := connected(t, answers{claimsPath: answer}).Claims(t.Context(), "shop", "a=b,c=d")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("the claims are %q (%v), want %q", got, err, want)
		}
	}
}

func TestClaimsThatMayNotBeReadAreAnError(t *testing.T) {
	if got, err := connected(t, nil).Claims(t.Context(), "shop", "a=b,c=d"); !errors.Is(err, ErrForbidden) {
		t.Errorf("the claims are %q, %v, want ErrForbidden", got, err)
	}
}
