#!/usr/bin/env bash
# The stack tests on a kind cluster of their own: needs docker, kind, kubectl and go. CI has no container engine and does not run this.
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in docker kind kubectl go; do
  command -v "$tool" >/dev/null || { echo "make kind: $tool is not on the PATH" >&2; exit 2; }
done

name=depgen-test
work=$(mktemp -d)
trap 'kind delete cluster --name "$name" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
export KUBECONFIG="$work/kubeconfig"

module() { go mod download -json "$1" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p'; }

kind create cluster --name "$name" --wait 120s
kubectl create namespace argo-events
kubectl apply --server-side --namespace argo-events --filename "$(module github.com/argoproj/argo-events@v1.9.11)/manifests/install.yaml"

# The manifests of the module say "latest": pin the controller to the version of the module.
cp -r "$(module github.com/argoproj/argo-workflows/v3@v3.7.14)/manifests" "$work/manifests"
chmod -R u+w "$work/manifests"
(cd "$work/manifests/cluster-install" && cat >>kustomization.yaml <<'YAML'
images:
  - name: quay.io/argoproj/workflow-controller
    newTag: v3.7.14
YAML
)
kubectl create namespace argo
kubectl kustomize "$work/manifests/cluster-install" | kubectl apply --server-side --namespace argo --filename -
kubectl rollout status --namespace argo-events deployment/controller-manager --timeout 300s
kubectl rollout status --namespace argo deployment/workflow-controller --timeout 300s

DEPGEN_STACK=cluster DEPGEN_REQUIRE_STACK=1 .venv/bin/python -m pytest -m stack tests/stack
