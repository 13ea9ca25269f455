# Everything that is done with this repository. `make` alone says what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Build output lives outside the clone, so that a fresh clone builds only what is ours.
export VIGIL_CACHE := $(or $(VIGIL_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/vigil)
export CARGO_TARGET_DIR := $(or $(CARGO_TARGET_DIR),$(VIGIL_CACHE)/target)
# The app has a folder of its own: it is built with other features, and the two would undo each other's work.
APP_TARGET_DIR := $(VIGIL_CACHE)/target-app
export VIGIL_APP := $(APP_TARGET_DIR)/debug/vigil
export NO_COLOR := 1

# cargo-nextest is used where it is installed.
ifneq ($(shell command -v cargo-nextest),)
run_tests = cargo nextest run --no-fail-fast --hide-progress-bar
all_but_suites = $(run_tests) -E 'not (package(vigil-tests) & kind(test))'
suite = $(run_tests) -p vigil-tests --test $(1)
show_output = --success-output final
else
run_tests = cargo test --no-fail-fast
all_but_suites = cargo test --no-fail-fast --workspace --exclude vigil --exclude vigil-tests && cargo test -p vigil-tests --lib --bins
suite = cargo test -p vigil-tests --test $(1) -- --test-threads=2
show_output = --nocapture
endif

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | \
	while IFS=$$'\t' read -r name what; do printf '  make %-14s %s\n' "$$name" "$$what"; done

.PHONY: setup
setup: ## Install what is needed: Debian packages, MongoDB, UI packages (quick when there is nothing to do)
	@tests/setup/all.sh

# --- the demo ---------------------------------------------------------------

.PHONY: demo
demo: setup build app ## Start MongoDB, Redis, the sidecar, a hospital that moves, and the desktop app; Ctrl-C ends it all
	@exec "$(CARGO_TARGET_DIR)/debug/vigil-demo" $(DEMO)

.PHONY: demo-clean
demo-clean: ## Forget the demo's data and pictures
	rm -rf "$(VIGIL_CACHE)/demo"

.PHONY: screenshots
screenshots: setup build app ## Take docs/overview.png: the real app on a virtual display, with live values
	@exec "$(CARGO_TARGET_DIR)/debug/vigil-demo" --headless --picture docs/overview.png

# --- building ---------------------------------------------------------------

.PHONY: build
build: ## Build the sidecar, the harness and the simulator
	@echo "build: sidecar, harness, simulator"
	@cargo build --quiet

.PHONY: app
app: ui-packages ## Build the desktop app, its UI inside
	@echo "build: desktop app"
	@cd src-tauri && CARGO_TARGET_DIR="$(APP_TARGET_DIR)" ../ui/node_modules/.bin/tauri build --debug --no-bundle --ci

.PHONY: ui-packages
ui-packages:
	@tests/setup/ui.sh

# --- tests ------------------------------------------------------------------

PARTS := fmt tidy ui clippy wire unit app-checks e2e time secured faults desktop

.PHONY: test
test: setup ## Every check and every test, in parts that can be run alone
	@tests/setup/parts.sh $(PARTS)

.PHONY: fmt
fmt: ## Part of test: formatting
	cargo fmt --all --check

.PHONY: tidy
tidy: ## Part of test: walls between the crates, sizes, words
	$(call suite,tidy)

.PHONY: ui
ui: ui-packages ## Part of test: the UI's types, lint, tests and build
	cd ui && npm run --silent check
	cd ui && npm run --silent lint
	cd ui && npm run --silent test
	cd ui && npm run --silent build

.PHONY: clippy
clippy: ## Part of test: lints, warnings are errors
	cargo clippy --all-targets -- -D warnings

.PHONY: wire
wire: ## Part of test: the UI's generated types are those of the wire crate
	cargo test -p vigil-wire --features typescript

.PHONY: unit
unit: ## Part of test: unit and property tests of every crate but the app
	$(all_but_suites)

# The app's build script wants ui/dist to be there.
.PHONY: app-checks
app-checks: ui-packages ## Part of test: lints and tests of the desktop app's own crate
	[ -e ui/dist/index.html ] || (cd ui && npm run --silent build)
	CARGO_TARGET_DIR="$(APP_TARGET_DIR)" cargo clippy -p vigil --all-targets -- -D warnings
	CARGO_TARGET_DIR="$(APP_TARGET_DIR)" $(run_tests) -p vigil

.PHONY: e2e
e2e: build ## Part of test: real MongoDB, Redis, sidecar and sockets
	$(call suite,e2e)
	$(call suite,money)
	$(call suite,simulator)

.PHONY: time
time: build ## Part of test: values that move, and are confirmed, without a write; a MongoDB that stands still
	$(call suite,time)

.PHONY: secured
secured: build ## Part of test: users, TLS, the least rights that `role` prints; figures of the sidecar's own
	$(call suite,secured)
	$(call suite,own_figures)

.PHONY: faults
faults: build ## Part of test: what goes wrong is said clearly, and heals
	$(call suite,faults)
	$(call suite,stops)

.PHONY: desktop
desktop: build app ## Part of test: the real app on a virtual display
	$(call suite,desktop)

# --- measuring --------------------------------------------------------------

.PHONY: bench
bench: setup ## The figures of BENCHMARKS.md (release build, minutes)
	cargo build --release -p vigil-sidecar -p vigil-tests
	@exec "$(CARGO_TARGET_DIR)/release/vigil-bench" $(BENCH)

.PHONY: soak
soak: setup build ## verify after 100,000 simulated writes with restarts in between; a minute without a write
	VIGIL_SOAK_OPS=100000 $(call suite,e2e) verify_is_exact $(show_output)
	VIGIL_SOAK_IDLE_S=60 $(call suite,time) without_a_write $(show_output)

.PHONY: clean
clean: ## Delete build output and the UI's packages; MongoDB's download stays
	rm -rf "$(CARGO_TARGET_DIR)" "$(APP_TARGET_DIR)" ui/node_modules ui/dist
