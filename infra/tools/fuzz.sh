#!/bin/sh
# fuzz.sh TIME runs each fuzz test of the apps for this time.
set -eu
cd apps
targets=$(grep -ro --include='*_test.go' '^func Fuzz[A-Za-z]*' .)
printf '%s\n' "$targets" | while IFS=: read -r file target; do
	echo "== ${target#func } in $(dirname "$file")"
	GOWORK=off go test -vet=off -run '^$' -fuzz "^${target#func }\$" -fuzztime "$1" "./$(dirname "$file")"
done
