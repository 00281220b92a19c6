# The commands of this project: `make` alone lists them, infra/tools does the work. Builds go to .local/, which git ignores.

STACK ?= dev

# GNU make 3.81 and bash 3.2 (macOS) suffice: each line of a recipe is one command, or begins with set -e.
SHELL := bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: bench bench-cluster bench-up clean cluster cluster-delete cluster-down conformance deploy destroy \
	destroy-deployed doctor down e2e e2e-cluster env fmt fuzz help lab lint manifests manifests-diff outputs \
	preview pulumi ready shell test tools up verify

# bash reads it before each recipe: it sets the environment that `make env` prints.
export BASH_ENV := infra/tools/environment.sh
export PULUMI_STACK := $(STACK)
unexport CDPATH GREP_OPTIONS POSIXLY_CORRECT

quote = '$(subst ','\'',$1)'

# check.sh refuses what cannot work, before anything is built or changed.
ifneq ($(filter-out help,$(MAKECMDGOALS)),)
REFUSED := $(shell ONLY=$(call quote,$(ONLY)) sh infra/tools/check.sh $(call quote,$(STACK)) $(call quote,$(BASE)) $(call quote,$(MAKECMDGOALS)))
$(if $(REFUSED),$(error $(REFUSED)))
endif

LOCAL := $(CURDIR)/.local
TOOLS := sh infra/tools/run.sh
MODULES := apps images infra infra/cluster infra/cluster/conformance infra/tools infra/tools/pulumi
GO := GOWORK=off go -C
E2E := -vet=off -tags e2e -count=1 -timeout 2h
MANIFESTS := .local/manifests/$(STACK)

DEV := $(filter dev,$(STACK))
START := $(if $(DEV),cluster up --root "$(LOCAL)" $${NODES:+--nodes "$$NODES"} $${EVICTION_AFTER:+--eviction-after "$$EVICTION_AFTER"},\
	echo 'Stack $(STACK) uses the cluster that Pulumi.$(notdir $(STACK)).yaml names.')
STOP := if [ -x "$(LOCAL)/bin/cluster" ]; then cluster down --root "$(LOCAL)"; fi
DEV_ONLY = $(if $(DEV),,echo '$@ needs the embedded cluster, which only the stack dev uses: make $@' >&2; exit 1)

# $(call arg,NAME) is NAME=value, if it is set on the command line or not empty.
arg = $(if $(filter command,$(origin $1))$(value $1),"$1=$$$1")

# $(call step,name,command) prints how long the command takes.
step = @TIMEFORMAT='make up: $1 took %1R s'; time $2

##@ Run the demo

up: ## Build what is missing, start the cluster, deploy, and print the URLs
	$(call step,cluster,$(MAKE) cluster)
	$(call step,tools,$(MAKE) tools)
	$(call step,pulumi up,$(MAKE) deploy)
	$(call step,Pods ready,$(MAKE) ready)
	@$(MAKE) outputs

down: cluster-down ## Stop the cluster and keep its data: `make up` brings everything back

preview: pulumi ## Show what `make up` would change, and change nothing; needs no cluster
	@$(TOOLS) stack
	@pulumi preview

manifests: pulumi ## Write the stack's Kubernetes YAML to .local/manifests for review, Secrets redacted; needs no cluster
	@$(TOOLS) stack
	@$(TOOLS) manifests

# The other commit renders itself, with hard links to the programs built here.
manifests-diff: manifests ## Compare the manifests with those of the commit BASE (default: main), as pull requests show it
	@$(TOOLS) base "$${BASE:-main}"
	@PATH="$${PATH#"$(LOCAL)/bin:"}" $(MAKE) -C .local/base manifests >&2
	@git -C .local diff --no-index base/$(MANIFESTS) manifests/$(STACK) || [ $$? = 1 ]

destroy: ## Delete everything deployed, databases included (with retainData: all but those)
	@$(if $(DEV),[ -e ".local/pulumi/.pulumi/stacks/kubernetes-networking/dev.json" ] || { echo 'Nothing is deployed.'; exit; };) \
		$(MAKE) tools cluster destroy-deployed

destroy-deployed:
	@$(TOOLS) stack
	@$(TOOLS) recover
	@$(TOOLS) retain
	@pulumi destroy --yes --skip-preview --exclude-protected

outputs: ## Print the demo's URLs and state, and what to do next
	@$(TOOLS) outputs

lab: ## List the labs, which break the demo on purpose; ON=name turns one on, OFF=1 turns it off
	@$(TOOLS) lab $(call arg,ON) $(call arg,OFF)

# A refresh reverts manual changes. Another stack's kubeconfig may name a new cluster, where a refresh finds nothing.
deploy:
	@$(TOOLS) stack
	@$(TOOLS) recover
	@pulumi up --yes --skip-preview --suppress-outputs $(if $(DEV),--refresh)

pulumi:
	@$(TOOLS) tools --cluster=false

ready:
	@$(TOOLS) await

##@ Run a part

tools: ## Build or find pulumi, Kubernetes and the images' parts (first 15 to 30 minutes on two cores, then a second)
	@$(TOOLS) tools $(if $(DEV),,--cluster=false)

cluster: ## Build and start the embedded Kubernetes cluster; NODES=3 gives it several nodes (stack dev only)
	@$(if $(DEV),$(TOOLS) cluster)
	@$(START)

doctor: ## Check whether this machine can run the embedded cluster, and print remedies
	@$(TOOLS) doctor

cluster-down: ## Stop the embedded cluster and keep its data
	@$(if $(DEV),$(STOP),$(START))

cluster-delete: ## Stop the embedded cluster, and delete its data and the dev stack's state
	@$(if $(DEV),sh infra/tools/delete.sh,$(START))

##@ Look inside

verify: ## Measure each connection from inside the Pods; fails if one is not as declared (JUnit in .local/verify)
	@$(TOOLS) verify

env: ## Print shell exports: eval "$(make env)" makes kubectl and pulumi work in your shell
	@print_environment

shell: ## Open a shell where kubectl and pulumi work; leave it with exit
	@$(TOOLS) shell --set "$${exported[*]}" --unset "$${cleared[*]} $${dropped[*]} $${patterns[*]}" --kept "$${kept[*]}"

##@ Develop

test: ## Run the unit and integration tests: no cluster, a real PostgreSQL; RACE=1 tests the apps with the race detector
	@$(TOOLS) tests
	@set -e; for module in $(if $(RACE),apps,$(MODULES)); do echo "== go test $(if $(RACE),-race )$$module"; \
		$(if $(RACE),CGO_ENABLED=1) $(GO) $$module test $(if $(RACE),-race) -vet=off -timeout 20m ./...; done

fuzz: ## Feed random input to each decoder of the apps for FUZZTIME (default 20s)
	@$(TOOLS) tests
	@sh infra/tools/fuzz.sh "$${FUZZTIME:-20s}"

bench: ## Measure the services beside bare net/http and pgx handlers, on loopback (3 minutes)
	@$(TOOLS) tests
	@$(GO) apps build -tags=nomsgpack -ldflags="-s -w" -o "$(LOCAL)/bench/" ./clients ./orders ./products ./bench
	@"$(LOCAL)/bench/bench" -binaries "$(LOCAL)/bench"

bench-up: ## Measure pulumi up, up again and preview, on a second demo (3 minutes; stack dev only)
	@$(DEV_ONLY)
	@$(MAKE) tools cluster
	@$(GO) infra run ./bench-up -root "$(CURDIR)"

bench-cluster: ## Measure the embedded cluster: new, restarted with the demo, memory, stop (4 minutes; stack dev only)
	@$(DEV_ONLY)
	@$(MAKE) up
	@$(GO) infra/cluster run ./bench-cluster -root "$(LOCAL)" && $(START)

e2e: tools ## Test the demo on a new cluster: up, requests, code change, destroy; ONLY selects browser, updates or labs
	@$(TOOLS) browser
	@go -C infra test $(E2E) -v -run "^(?i:Test$${ONLY:-demo})$$|Tour" ./e2e/

e2e-cluster: tools ## Test the embedded cluster, on clusters beside yours (ONLY='nodes faults policies debian13': half an hour)
	@$(TOOLS) clustertests
	@set -- $${ONLY:-kubectl security services}; $(GO) infra/cluster test $(E2E) -p 1 "$${@/#/./e2e/}"

conformance: ## Run Kubernetes' networking tests on the cluster; LABELS and FOCUS choose others (2 minutes; stack dev only)
	@$(DEV_ONLY)
	@$(MAKE) cluster
	@$(TOOLS) conformance && conformance -root "$(LOCAL)" $${LABELS:+-labels "$$LABELS"} $${FOCUS:+-focus "$$FOCUS"}

lint: ## Check the format, the code, that it compiles on macOS and Windows, the manifests, the workflows and every go.mod
	@$(TOOLS) linters
	@sh infra/tools/lint.sh $(MODULES)
	@$(MAKE) manifests
	@sh infra/tools/lint-manifests.sh "$(MANIFESTS)"

fmt: ## Format all Go files
	@$(TOOLS) linters
	@set -e; for module in $(MODULES); do (cd $$module; GOWORK=off golangci-lint fmt ./...); done

clean: ## Remove everything built; the cluster stops, its data and the stack's state stay
	@set -e; if [ -d "$(LOCAL)/cluster" ]; then $(STOP); fi
	@rm -rf .local/{base,bin,bench,browser,build,conformance,images,lint,log,manifests,pulumi-home,pulumi-own,verify}

help: ## List these commands
	@awk -f infra/tools/help.awk Makefile
