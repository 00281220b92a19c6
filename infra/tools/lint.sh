#!/bin/sh
# lint.sh MODULE... runs the linters that need no stack on these Go modules, the scripts and the workflows.
set -eu
for module; do
	echo "== golangci-lint $module"
	(cd "$module" && GOWORK=off golangci-lint run --allow-parallel-runners ./...)
done
echo "== portable"
sh infra/tools/run.sh portable
echo "== shellcheck"
shellcheck .ci/run images/postgres/*.sh infra/tools/*.sh
echo "== actionlint"
actionlint .github/workflows/*.yml
for module in "$@" infra/tools/lint infra/tools/lint/manifests; do
	echo "== go mod tidy $module"
	case $module in
	infra/tools/pulumi) # a test of github.com/pulumi/cloud-ready-checks imports packages that k8s.io/api 0.37 does not have
		GOWORK=off go -C "$module" mod tidy -e -diff ;;
	*) GOWORK=off go -C "$module" mod tidy -diff ;;
	esac
done
