#!/bin/sh
# lint-manifests.sh FOLDER validates rendered manifests with the API of the pinned Kubernetes and runs kube-linter on
# them.
set -eu
echo "== kubeconform"
kubeconform -strict -summary -schema-location '.local/build/schemas/{{.ResourceKind}}{{.KindSuffix}}.json' "$1"
echo "== kube-linter"
kube-linter lint --config infra/.kube-linter.yaml --format plain "$1"
