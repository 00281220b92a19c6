# Every command of this project. `make` alone lists them.
#
# What is made goes to .local/, which git ignores. Recipes run with the variables that `make env` prints.

# make splits at spaces, and `rm -rf` of half a path would delete another folder.
ifneq ($(words $(CURDIR)),1)
$(error The path of this checkout, "$(CURDIR)", holds a space, which make cannot work with: move the checkout to a path without)
endif

STACK ?= dev

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

LOCAL := $(CURDIR)/.local
BIN   := $(LOCAL)/bin
MANIFESTS := .local/manifests/$(STACK)
GO    := { command -v go >/dev/null || { echo 'go is not in PATH: install Go 1.26, or, with sudo, which sets a PATH of its own: sudo env "PATH=$$PATH" make ...' >&2; exit 1; }; }
TOOLS := $(GO) && GOWORK=off go -C infra/tools build -o "$(LOCAL)/build/tools" . && "$(LOCAL)/build/tools" -root "$(CURDIR)"

MODULES := apps images infra infra/cluster infra/cluster/conformance infra/tools infra/tools/pulumi

# --- The environment of every recipe, of `make env` and of `make shell` ------------------------------------------

VARIABLES := PATH CGO_ENABLED GOFLAGS PULUMI_STACK PULUMI_PARALLEL OWN_PULUMI_HOME

# The user's own Pulumi home, also while PULUMI_HOME is one in .local.
OWN_PULUMI_HOME := $(or $(if $(findstring /.local/pulumi-,$(value PULUMI_HOME)),,$(value PULUMI_HOME)),$(value OWN_PULUMI_HOME),$(or $(value HOME),$(shell echo ~))/.pulumi)
export OWN_PULUMI_HOME

export PATH := $(BIN):$(subst $(BIN):,,$(PATH))
export PULUMI_STACK := $(STACK)
# Resources wait for Pods, not for a processor. With Pulumi's default, four a processor, those that are declared last
# begin when the first Pods are ready.
export PULUMI_PARALLEL ?= 64
# The same flags for every compile: they share one build cache, and `pulumi up` finds its program up to date.
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(filter-out -trimpath -buildvcs=%,$(GOFLAGS)) -trimpath -buildvcs=false)
# A cache that checkouts share hands one of them the other's findings, with paths that may be gone: a nolint comment in a
# file that cannot be read is no comment.
export GOLANGCI_LINT_CACHE := $(LOCAL)/lint

# The dev stack lives on this machine alone: the embedded cluster, a backend in .local, and a passphrase that is no
# secret, because it protects nothing but throw-away development state. Every other stack uses the cluster that its
# configuration names, and the backend and passphrase that you are logged in with.
DEV := KUBECONFIG PULUMI_HOME PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE PULUMI_IGNORE_AMBIENT_PLUGINS PULUMI_SKIP_UPDATE_CHECK
dev.KUBECONFIG := $(LOCAL)/cluster/kubeconfig
dev.PULUMI_HOME := $(LOCAL)/pulumi-home
# Without files for metadata: an update that is killed while it writes one leaves it empty, and the state unreadable.
dev.PULUMI_BACKEND_URL := file://$(LOCAL)/pulumi?metadata=skip
dev.PULUMI_CONFIG_PASSPHRASE := kubernetes-networking
dev.PULUMI_IGNORE_AMBIENT_PLUGINS := true
dev.PULUMI_SKIP_UPDATE_CHECK := true

# Variables of another project change what these clients do: with PULUMI_K8S_DELETE_UNREACHABLE, a refresh while the cluster
# is down drops every resource from the state. The dev stack clears all that it does not set, except for credentials,
# personal preferences, and settings of the machine.
CLIENTS := PULUMI_% KUBE% HELM_DRIVER HELM_NAMESPACE HELM_KUBE%
KEPT := PULUMI_ACCESS_TOKEN PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES \
	KUBE_EDITOR KUBECACHEDIR KUBECTL_EXTERNAL_DIFF

# Those variables that hold the dev stack's value; `value`, because what a variable holds is no make code.
inherited = $(strip $(foreach name,$(1),$(if $(filter $(dev.$(name)),$(value $(name))),$(name))))

ifeq ($(STACK),dev)
VARIABLES += $(DEV)
$(foreach name,$(DEV),$(eval export $(name) := $$(dev.$(name))))
LEFT := $(filter-out $(VARIABLES) $(KEPT),$(foreach name,$(filter $(CLIENTS),$(.VARIABLES)),$(if $(filter environment%,$(origin $(name))),$(name))))
unexport $(LEFT)
STATE := $(LOCAL)/pulumi/.pulumi/stacks/kubernetes-networking/dev.json
START := cluster up --root "$(LOCAL)" $(if $(NODES),--nodes "$(NODES)") $(if $(EVICTION_AFTER),--eviction-after "$(EVICTION_AFTER)")
else
# Inside the dev stack's shell, another stack would get its backend and passphrase. A path tells that it is one.
ifneq ($(call inherited,KUBECONFIG PULUMI_HOME PULUMI_BACKEND_URL),)
LEFT := $(filter-out PULUMI_HOME,$(call inherited,$(DEV)))
unexport $(LEFT)
endif
# pulumi prints a warning at every command about a plugin that it finds in PATH, and none about one in its home. This home
# shows what is in the user's own, and the provider that was built here.
VARIABLES += PULUMI_HOME PULUMI_CREDENTIALS_PATH
export PULUMI_HOME := $(LOCAL)/pulumi-own
ifndef PULUMI_CREDENTIALS_PATH
PULUMI_CREDENTIALS_PATH := $(value OWN_PULUMI_HOME)
endif
export PULUMI_CREDENTIALS_PATH
START := echo 'Stack $(STACK) uses the cluster that Pulumi.$(STACK).yaml names.'
endif

STOP := if [ -x "$(BIN)/cluster" ]; then cluster down --root "$(LOCAL)"; fi
# After `make clean` the data is still there, but not the program that deletes it. A running cluster holds the lock.
DELETE := if [ -x "$(BIN)/cluster" ]; then cluster delete --root "$(LOCAL)"; \
	elif [ -d "$(LOCAL)/cluster" ]; then flock --nonblock "$(LOCAL)/cluster/lock" rm -rf --one-file-system "$(LOCAL)/cluster" || \
		{ echo '$(LOCAL)/cluster cannot be deleted. If the cluster runs: make tools brings back what stops it.' >&2; exit 1; }; fi

# $(call step,name,command): run the command, then say how long it took.
step = @TIMEFORMAT='make up: $(1) took %1R s'; time $(2)

##@ Run the demo

.PHONY: up
up: ## Build what is missing, start the cluster, deploy, and print the URLs
	$(call step,cluster,$(MAKE) cluster)
	$(call step,tools,$(MAKE) tools)
	$(call step,pulumi up,$(MAKE) deploy)
	$(call step,Pods ready,$(MAKE) ready)
	@$(MAKE) outputs

.PHONY: down
down: cluster-down ## Stop the cluster and keep its data: `make up` brings everything back

.PHONY: preview
preview: pulumi $(STATE) ## Show what `make up` would change, and change nothing; needs no cluster
	@pulumi preview

.PHONY: manifests
manifests: pulumi $(STATE) ## Write the stack's Kubernetes YAML to .local/manifests for review, Secrets redacted; needs no cluster
	@$(TOOLS) manifests

# The other commit is rendered by its own Makefile and program; what has been built for this one is shared by hard links.
.PHONY: manifests-diff
manifests-diff: manifests ## Compare the manifests with those of the commit BASE (default: main), as pull requests show it
	@rm -rf .local/base; mkdir -p .local/base/.local
	@git archive '$(or $(BASE),main)' | tar --extract --directory .local/base
	@cp --archive --link .local/bin .local/build .local/images .local/base/.local/
	@if [ -e .local/cluster/kubeconfig ]; then install -D -m 0600 -t .local/base/.local/cluster .local/cluster/kubeconfig; fi # both ask one cluster
	@PATH="$${PATH#"$(BIN):"}" $(MAKE) -C .local/base manifests >&2
	@git -C .local diff --no-index base/$(MANIFESTS) manifests/$(STACK) || [ $$? = 1 ]

.PHONY: destroy
destroy: tools cluster $(STATE) ## Delete everything that was deployed, databases included (with retainData: all but those)
	@$(TOOLS) recover
	@$(TOOLS) retain
	@pulumi destroy --yes --skip-preview --exclude-protected

.PHONY: outputs
outputs: ## Print the URLs and names of the running demo
	@$(if $(STATE),test -e "$(STATE)" || { echo 'Nothing is deployed yet: run make up.' >&2; exit 1; };) pulumi stack output

.PHONY: deploy ready pulumi
# The dev stack is refreshed first, so that what somebody has changed by hand is taken back. Another stack's kubeconfig may
# mean another cluster by now: a refresh would find nothing there, and the update make everything anew.
deploy: $(STATE)
	@$(TOOLS) recover
	@pulumi up --yes --skip-preview --suppress-outputs $(if $(STATE),--refresh)

# What a preview needs: all of `make tools` but the cluster.
pulumi:
	@$(TOOLS) -cluster=false tools

# pulumi waits for what it creates. After a restart of the cluster it finds nothing to do, and the Pods come back later. While a
# lab is on, some never do.
ready:
	@$(TOOLS) await
	@$(if $(STATE),if [ -z "$$(pulumi stack output lab)" ]; then for kind in deployments statefulsets; do \
		kubectl rollout status $$kind --namespace "$$(pulumi stack output namespace)" \
			--selector app.kubernetes.io/part-of=kubernetes-networking --timeout=2m >/dev/null; done; fi)

##@ Parts of it

.PHONY: tools
tools: ## Build or find pulumi, Kubernetes and the images' parts (10 to 15 minutes on two cores the first time, then a second)
	@$(TOOLS) $(if $(STATE),,-cluster=false) tools

.PHONY: cluster
cluster: ## Build what the embedded Kubernetes cluster needs, and start it, with NODES=3 with several nodes (stack dev only)
	@$(if $(STATE),$(TOOLS) cluster)
	@$(START)

.PHONY: doctor
doctor: ## Say whether the embedded cluster can run on this machine, and what to do if not
	@[ -x "$(BIN)/cluster" ] || { $(GO) && GOWORK=off go -C infra/cluster build -ldflags="-s -w" -o "$(BIN)/cluster" .; }
	@cluster doctor --root "$(LOCAL)"

.PHONY: cluster-down
cluster-down: ## Stop the embedded cluster and keep its data
	@$(if $(STATE),$(STOP),$(START))

.PHONY: cluster-delete
cluster-delete: ## Stop the embedded cluster and delete its data, and with it the dev stack's state
	@$(if $(STATE),$(DELETE); rm -rf "$(LOCAL)/pulumi",$(START))

$(STATE): | $(LOCAL)
	@install -d -m 0700 "$(LOCAL)/pulumi"
	@pulumi stack init dev

$(LOCAL):
	@mkdir -p "$@"

##@ Look inside

.PHONY: verify
verify: ## Measure from inside of the Pods what can reach what; fails on any difference to what is declared (JUnit in .local/verify)
	@$(TOOLS) verify

.PHONY: env
env: ## Print shell exports: eval "$(make env)" makes kubectl and pulumi work in your shell
	@for name in $(VARIABLES); do printf 'export %s=%q\n' "$$name" "$${!name}"; done
	@for name in $(LEFT); do printf 'unset %s\n' "$$name"; done

.PHONY: shell
shell: ## Open a shell where kubectl and pulumi work; leave it with exit
	@env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u MAKEOVERRIDES "$${SHELL:-/bin/bash}"

##@ Develop

.PHONY: test
test: ## Run the unit and integration tests: no cluster, a real PostgreSQL, the apps with the race detector
	@$(TOOLS) tests
	@echo "== go test -race apps"; GOWORK=off CGO_ENABLED=1 go -C apps test -race -vet=off -timeout 20m ./...
	@for module in $(filter-out apps,$(MODULES)); do echo "== go test $$module"; GOWORK=off go -C $$module test -vet=off ./...; done

.PHONY: fuzz
fuzz: ## Feed random input to each decoder of the apps for FUZZTIME (default 20s)
	@$(TOOLS) tests
	@cd apps; grep -ro --include='*_test.go' '^func Fuzz[A-Za-z]*' . | while IFS=: read -r file target; do \
		echo "== $${target#func } in $$(dirname "$$file")"; \
		GOWORK=off go test -vet=off -run '^$$' -fuzz "^$${target#func }$$" -fuzztime "$(or $(FUZZTIME),20s)" "./$$(dirname "$$file")"; done

.PHONY: bench
bench: ## Measure the services beside bare net/http and pgx handlers, on loopback (about 3 minutes)
	@$(TOOLS) tests
	@for app in clients orders products bench; do GOWORK=off go -C apps build -tags=nomsgpack -ldflags="-s -w" -o "$(LOCAL)/bench/$$app" "./$$app"; done
	@"$(LOCAL)/bench/bench" -binaries "$(LOCAL)/bench"

.PHONY: bench-up
bench-up: cluster ## Measure pulumi up, up again and preview, on a second demo of its own (3 minutes; stack dev only)
	@$(if $(STATE),GOWORK=off go -C infra run ./bench -root "$(CURDIR)",$(START))

.PHONY: bench-cluster
bench-cluster: up ## Measure the embedded cluster: new, restarted with the demo, memory, stop (4 minutes; stack dev only)
	@$(if $(STATE),GOWORK=off go -C infra/cluster run ./bench -root "$(LOCAL)" && $(START),$(START))

.PHONY: e2e
e2e: tools ## Run the whole story on a fresh cluster: up, requests, the explorer in a browser, a code change, labs, destroy
	@$(TOOLS) browser
	@go -C infra test -vet=off -tags e2e -count=1 -timeout 30m -v ./e2e/...

.PHONY: e2e-cluster
e2e-cluster: tools ## Run the embedded cluster's own end-to-end tests, on clusters beside yours (ONLY=topic for one package)
	@GOWORK=off go -C infra/cluster test -vet=off -tags e2e -count=1 -p 1 -timeout 30m ./e2e/$(or $(ONLY),...)

.PHONY: conformance
conformance: cluster ## Run Kubernetes' own tests of networking on the embedded cluster: LABELS and FOCUS choose others (2 minutes; stack dev only)
	@$(if $(STATE),$(TOOLS) conformance && conformance -root "$(LOCAL)" $(if $(LABELS),-labels '$(LABELS)') $(if $(FOCUS),-focus '$(FOCUS)'),$(START))

.PHONY: lint
lint: ## Check the format, the code, that it compiles on macOS and Windows, the manifests, the workflows, and every go.mod
	@$(TOOLS) linters
	@for module in $(MODULES); do echo "== golangci-lint $$module"; (cd $$module; GOWORK=off golangci-lint run --allow-parallel-runners ./...); done
	@echo "== portable"; $(TOOLS) portable
	@echo "== shellcheck"; shellcheck .ci/run images/postgres/*.sh
	@echo "== actionlint"; actionlint .github/workflows/*.yml
	@for module in $(MODULES) infra/tools/lint infra/tools/lint/manifests; do echo "== go mod tidy $$module"; GOWORK=off go -C $$module mod tidy -diff; done
	@$(MAKE) manifests
	@echo "== kubeconform"; kubeconform -strict -summary -schema-location '.local/build/schemas/{{.ResourceKind}}{{.KindSuffix}}.json' "$(MANIFESTS)"
	@echo "== kube-linter"; kube-linter lint --config infra/.kube-linter.yaml --format plain "$(MANIFESTS)"

.PHONY: fmt
fmt: ## Format all Go files
	@$(TOOLS) linters
	@for module in $(MODULES); do (cd $$module; GOWORK=off golangci-lint fmt ./...); done

.PHONY: clean
clean: ## Remove everything that was built; the cluster stops, its data and the stack's state stay
	@if [ -d "$(LOCAL)/cluster" ]; then $(STOP); fi # whatever the STACK: nothing else could stop it afterwards
	@rm -rf $(foreach folder,base bin bench browser build conformance images lint log manifests pulumi-home pulumi-own verify,"$(LOCAL)/$(folder)")

.PHONY: help
help: ## List these commands
	@awk 'BEGIN { FS = ":.*## "; print "Usage: make <command> [STACK=dev]" } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\nSTACK=name works on every command. The stack dev uses the embedded cluster; every other stack the cluster\n%s\n' \
		'that its Pulumi.<name>.yaml names, and your own Pulumi backend and passphrase.'
