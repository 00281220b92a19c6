# Every command of this project. `make` alone lists them.
#
# What is made goes to .local/, which git ignores. Recipes run with the variables that `make env` prints.

STACK ?= dev

# It works with GNU make 3.81 and bash 3.2, which macOS has: each line of a recipe is one command, or begins with set -e.
SHELL := bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:

quote = '$(subst ','\'',$(1))'

# Whatever can be refused is refused here, before anything is built or changed.
ifneq ($(filter-out help,$(MAKECMDGOALS)),)
REFUSED := $(shell sh infra/tools/check.sh $(call quote,$(STACK)) $(call quote,$(BASE)) $(call quote,$(MAKECMDGOALS)))
ifneq ($(REFUSED),)
$(error $(REFUSED))
endif
endif

LOCAL := $(CURDIR)/.local
BIN   := $(LOCAL)/bin
MANIFESTS := .local/manifests/$(STACK)
TOOLS := sh infra/tools/run.sh

MODULES := apps images infra infra/cluster infra/cluster/conformance infra/tools infra/tools/pulumi

# --- The environment of every recipe, of `make env` and of `make shell` ------------------------------------------

VARIABLES := PATH CGO_ENABLED GOFLAGS PULUMI_STACK PULUMI_PARALLEL OWN_PULUMI_HOME

# The user's own Pulumi home, also while PULUMI_HOME is one in .local.
OWN_PULUMI_HOME := $(or $(if $(findstring /.local/pulumi-,$(value PULUMI_HOME)),,$(value PULUMI_HOME)),$(value OWN_PULUMI_HOME),$(or $(value HOME),$(shell echo ~))/.pulumi)
export OWN_PULUMI_HOME

export PATH := $(BIN):$(subst $(BIN):,,$(value PATH))
export PULUMI_STACK := $(STACK)
# Resources wait for Pods, not for a processor. With Pulumi's default, four a processor, those that are declared last
# begin when the first Pods are ready.
export PULUMI_PARALLEL ?= 64
# The same flags for every compile: they share one build cache, and `pulumi up` finds its program up to date. Of the
# user's own flags those stay that change nothing of what is built.
override CGO_ENABLED := 0
override GOFLAGS := $(strip $(filter -modcacherw -p=%,$(value GOFLAGS)) -trimpath -buildvcs=false)
export CGO_ENABLED GOFLAGS
# A cache that checkouts share hands one of them the other's findings, with paths that may be gone: a nolint comment in a
# file that cannot be read is no comment.
export GOLANGCI_LINT_CACHE := $(LOCAL)/lint
# Of other work: each would change what is built, or what a recipe reads. `make env` and `make shell` unset the first ones.
CLEARED := GOWORK GOOS GOARCH GOEXPERIMENT GO111MODULE
unexport $(CLEARED) BASH_ENV CDPATH GREP_OPTIONS POSIXLY_CORRECT GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

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
# Those of them that come from there: the environment, or the command line of make.
from = $(foreach name,$(filter $(CLIENTS),$(.VARIABLES)),$(if $(filter $(1)%,$(origin $(name))),$(name)))
KEPT += $(call from,command)
CLEARED += $(filter-out $(VARIABLES) $(KEPT),$(call from,environment))
unexport $(CLEARED)
STATE := $(LOCAL)/pulumi/.pulumi/stacks/kubernetes-networking/dev.json
START := cluster up --root "$(LOCAL)" $(if $(NODES),--nodes "$(NODES)") $(if $(EVICTION_AFTER),--eviction-after "$(EVICTION_AFTER)")
else
# Inside the dev stack's shell, another stack would get its backend and passphrase. A path tells that it is one.
ifneq ($(call inherited,KUBECONFIG PULUMI_HOME PULUMI_BACKEND_URL),)
CLEARED += $(filter-out PULUMI_HOME,$(call inherited,$(DEV)))
unexport $(CLEARED)
endif
# pulumi prints a warning at every command about a plugin that it finds in PATH, and none about one in its home. This home
# shows what is in the user's own, and the provider that was built here.
VARIABLES += PULUMI_HOME PULUMI_CREDENTIALS_PATH
export PULUMI_HOME := $(LOCAL)/pulumi-own
ifndef PULUMI_CREDENTIALS_PATH
PULUMI_CREDENTIALS_PATH := $(value OWN_PULUMI_HOME)
endif
export PULUMI_CREDENTIALS_PATH
START := echo 'Stack $(STACK) uses the cluster that Pulumi.$(notdir $(STACK)).yaml names.'
endif
# What measures or tests the embedded cluster has nothing to do on another one.
EMBEDDED = $(if $(STATE),,echo '$@ needs the embedded cluster, which only the stack dev uses: make $@' >&2; exit 1)

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
preview: pulumi ## Show what `make up` would change, and change nothing; needs no cluster
	@$(TOOLS) stack
	@pulumi preview

.PHONY: manifests
manifests: pulumi ## Write the stack's Kubernetes YAML to .local/manifests for review, Secrets redacted; needs no cluster
	@$(TOOLS) stack
	@$(TOOLS) manifests

# The other commit is rendered by its own Makefile and program; what has been built for this one is shared by hard links.
.PHONY: manifests-diff
manifests-diff: manifests ## Compare the manifests with those of the commit BASE (default: main), as pull requests show it
	@$(TOOLS) base $(call quote,$(or $(BASE),main))
	@PATH="$${PATH#"$(BIN):"}" $(MAKE) -C .local/base manifests >&2
	@git -C .local diff --no-index base/$(MANIFESTS) manifests/$(STACK) || [ $$? = 1 ]

.PHONY: destroy
destroy: ## Delete everything that was deployed, databases included (with retainData: all but those)
	@$(if $(STATE),[ -e "$(STATE)" ] || { echo 'Nothing is deployed.'; exit; };) $(MAKE) tools cluster destroy-deployed

.PHONY: destroy-deployed
destroy-deployed:
	@$(TOOLS) stack
	@$(TOOLS) recover
	@$(TOOLS) retain
	@pulumi destroy --yes --skip-preview --exclude-protected

.PHONY: outputs
outputs: ## Print the URLs of the demo, its state, and what to do next
	@$(TOOLS) outputs

.PHONY: lab
lab: ## List the labs, which break the demo on purpose; ON=name turns one on, OFF=1 turns it off
	@$(TOOLS) lab $(foreach name,ON OFF,$(if $(filter command,$(origin $(name)))$(value $(name)),$(call quote,$(name)=$(value $(name)))))

.PHONY: deploy ready pulumi
# The dev stack is refreshed first, so that what somebody has changed by hand is taken back. Another stack's kubeconfig may
# mean another cluster by now: a refresh would find nothing there, and the update make everything anew.
deploy:
	@$(TOOLS) stack
	@$(TOOLS) recover
	@pulumi up --yes --skip-preview --suppress-outputs $(if $(STATE),--refresh)

# What a preview needs: all of `make tools` but the cluster.
pulumi:
	@$(TOOLS) -cluster=false tools

# pulumi waits for what it creates. After a restart of the cluster it finds nothing to do, and the Pods come back later. While a
# lab is on, some never do.
ready:
	@$(TOOLS) await
	@$(if $(STATE),set -e; if [ -z "$$(pulumi stack output lab)" ]; then for kind in deployments statefulsets; do \
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
	@$(TOOLS) doctor

.PHONY: cluster-down
cluster-down: ## Stop the embedded cluster and keep its data
	@$(if $(STATE),$(STOP),$(START))

.PHONY: cluster-delete
cluster-delete: ## Stop the embedded cluster and delete its data, and with it the dev stack's state
	@$(if $(STATE),set -e; $(DELETE); rm -rf "$(LOCAL)/pulumi",$(START))

##@ Look inside

.PHONY: verify
verify: ## Measure from inside of the Pods what can reach what; fails on any difference to what is declared (JUnit in .local/verify)
	@$(TOOLS) verify

.PHONY: env
env: ## Print shell exports: eval "$(make env)" makes kubectl and pulumi work in your shell
	@for name in $(VARIABLES); do echo "export $$name='$$(printf %s "$${!name}" | sed "s/'/'\\\\''/g")'"; done
	@$(foreach name,$(CLEARED),$(if $(filter environment%,$(origin $(name))),echo 'unset $(name)';))

.PHONY: shell
shell: ## Open a shell where kubectl and pulumi work; leave it with exit
	@$(TOOLS) shell $(VARIABLES) -- $(CLEARED) $(if $(STATE),$(CLIENTS) -- $(KEPT))

##@ Develop

.PHONY: test
test: ## Run the unit and integration tests: no cluster, a real PostgreSQL, the apps with the race detector
	@$(TOOLS) tests
	@echo "== go test -race apps"; GOWORK=off CGO_ENABLED=1 go -C apps test -race -vet=off -timeout 20m ./...
	@set -e; for module in $(filter-out apps,$(MODULES)); do echo "== go test $$module"; GOWORK=off go -C $$module test -vet=off ./...; done

.PHONY: fuzz
fuzz: ## Feed random input to each decoder of the apps for FUZZTIME (default 20s)
	@$(TOOLS) tests
	@set -e -o pipefail; cd apps; grep -ro --include='*_test.go' '^func Fuzz[A-Za-z]*' . | while IFS=: read -r file target; do \
		echo "== $${target#func } in $$(dirname "$$file")"; \
		GOWORK=off go test -vet=off -run '^$$' -fuzz "^$${target#func }$$" -fuzztime "$(or $(FUZZTIME),20s)" "./$$(dirname "$$file")"; done

.PHONY: bench
bench: ## Measure the services beside bare net/http and pgx handlers, on loopback (about 3 minutes)
	@$(TOOLS) tests
	@set -e; for app in clients orders products bench; do GOWORK=off go -C apps build -tags=nomsgpack -ldflags="-s -w" -o "$(LOCAL)/bench/$$app" "./$$app"; done
	@"$(LOCAL)/bench/bench" -binaries "$(LOCAL)/bench"

.PHONY: bench-up
bench-up: ## Measure pulumi up, up again and preview, on a second demo of its own (3 minutes; stack dev only)
	@$(EMBEDDED)
	@$(MAKE) tools cluster
	@GOWORK=off go -C infra run ./bench -root "$(CURDIR)"

.PHONY: bench-cluster
bench-cluster: ## Measure the embedded cluster: new, restarted with the demo, memory, stop (4 minutes; stack dev only)
	@$(EMBEDDED)
	@$(MAKE) up
	@GOWORK=off go -C infra/cluster run ./bench -root "$(LOCAL)" && $(START)

.PHONY: e2e
e2e: tools ## Run the whole story on a fresh cluster: up, requests, the explorer in a browser, a code change, labs, destroy
	@$(TOOLS) browser
	@go -C infra test -vet=off -tags e2e -count=1 -timeout 30m -v ./e2e/...

.PHONY: e2e-labs
e2e-labs: tools ## Switch from each lab to each other one, on a fresh cluster (25 minutes)
	@LAB_PAIRS=all go -C infra test -vet=off -tags e2e -count=1 -timeout 3h -v -run '^TestEveryPairOfLabs$$' ./e2e/

.PHONY: e2e-cluster
e2e-cluster: tools ## Run the embedded cluster's own end-to-end tests, on clusters beside yours (ONLY=topic for one package)
	@$(TOOLS) clustertests
	@GOWORK=off go -C infra/cluster test -vet=off -tags e2e -count=1 -p 1 -timeout 30m ./e2e/$(or $(ONLY),...)

.PHONY: conformance
conformance: ## Run Kubernetes' own tests of networking on the embedded cluster: LABELS and FOCUS choose others (2 minutes; stack dev only)
	@$(EMBEDDED)
	@$(MAKE) cluster
	@$(TOOLS) conformance && conformance -root "$(LOCAL)" $(if $(LABELS),-labels $(call quote,$(LABELS))) $(if $(FOCUS),-focus $(call quote,$(FOCUS)))

.PHONY: lint
lint: ## Check the format, the code, that it compiles on macOS and Windows, the manifests, the workflows, and every go.mod
	@$(TOOLS) linters
	@set -e; for module in $(MODULES); do echo "== golangci-lint $$module"; (cd $$module; GOWORK=off golangci-lint run --allow-parallel-runners ./...); done
	@echo "== portable"; $(TOOLS) portable
	@echo "== shellcheck"; shellcheck .ci/run images/postgres/*.sh infra/tools/*.sh
	@echo "== actionlint"; actionlint .github/workflows/*.yml
	@set -e; for module in $(MODULES) infra/tools/lint infra/tools/lint/manifests; do echo "== go mod tidy $$module"; GOWORK=off go -C $$module mod tidy -diff; done
	@$(MAKE) manifests
	@echo "== kubeconform"; kubeconform -strict -summary -schema-location '.local/build/schemas/{{.ResourceKind}}{{.KindSuffix}}.json' "$(MANIFESTS)"
	@echo "== kube-linter"; kube-linter lint --config infra/.kube-linter.yaml --format plain "$(MANIFESTS)"

.PHONY: fmt
fmt: ## Format all Go files
	@$(TOOLS) linters
	@set -e; for module in $(MODULES); do (cd $$module; GOWORK=off golangci-lint fmt ./...); done

.PHONY: clean
clean: ## Remove everything that was built; the cluster stops, its data and the stack's state stay
	@set -e; if [ -d "$(LOCAL)/cluster" ]; then $(STOP); fi # whatever the STACK: nothing else could stop it afterwards
	@rm -rf $(foreach folder,base bin bench browser build conformance images lint log manifests pulumi-home pulumi-own verify,"$(LOCAL)/$(folder)")

.PHONY: help
help: ## List these commands
	@awk 'BEGIN { FS = ":.*## "; print "Usage: make <command> [STACK=dev]" } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\nSTACK=name works on every command. The stack dev uses the embedded cluster; every other stack the cluster\n%s\n' \
		'that its Pulumi.<name>.yaml names, and your own Pulumi backend and passphrase.'
