# `make` lists what there is. Everything lives in .venv; nothing is installed elsewhere.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
CANDIDATES := python3.13 python3.12 python3.11 python3.14 python3 python
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in $(CANDIDATES); do \
	if "$$p" -c '$(USABLE)' >/dev/null 2>&1; then command -v "$$p"; break; fi; done)
PIP := $(PY) -m pip --quiet --disable-pip-version-check --no-input
ACTIONLINT_VERSION := v1.7.12
# what dev.lock installed serves the demo too: every version in run.lock is also in dev.lock
RUNTIME = $(if $(wildcard $(VENV)/dev),$(VENV)/dev,$(VENV)/run)

# a Python that was removed takes with it what was installed
ifeq ($(wildcard $(PY)),)
$(shell rm -f $(VENV)/run $(VENV)/dev)
endif

.PHONY: help demo test nightly chaos race check lint types house workflows docs format bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: $(RUNTIME) ## tell the whole loop on real data, in .argosy/demo
	@$(PY) -m demo

test: $(VENV)/dev ## run all tests; those marked cluster need KUBECONFIG
	@$(PY) -m pytest -rfEs $(PYTEST_ARGS)

nightly: $(VENV)/dev ## run the random tests at length: mutants, random projects, awkward strings
	@ARGOSY_MUTANTS=2000 ARGOSY_RANDOM=1000 ARGOSY_STRINGS=1000000 $(PY) -m pytest -rfEs \
		tests/argo tests/compiler $(PYTEST_ARGS)

chaos: $(VENV)/dev ## kill engines 500 times and fail every write once; SEED=… repeats it
	@ARGOSY_CHAOS=$(or $(KILLS),500) ARGOSY_SEED=$(SEED) $(PY) -m pytest -rfEs -s \
		tests/engine/test_chaos.py tests/engine/test_faults_state.py $(PYTEST_ARGS)

race: $(VENV)/dev ## let 50 publishers race for a branch and kill 200 of them; SEED=… repeats it
	@ARGOSY_PUBLISHERS=50 ARGOSY_ROUNDS=3 ARGOSY_KILLS=$(or $(KILLS),200) \
		ARGOSY_SEED=$(or $(SEED),7) $(PY) -m pytest -rfEs -s tests/gitops/test_faults_race.py \
		$(PYTEST_ARGS)

check: lint types house workflows ## check style, types, architecture and workflows
	@echo "check: fine"

lint: $(VENV)/dev
	@echo "ruff"
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check

types: $(VENV)/dev
	@echo "mypy"
	@$(PY) -m mypy

house: $(VENV)/dev
	@echo "architecture"
	@$(PY) -m pytest tests/house/test_architecture.py

workflows: $(VENV)/dev $(VENV)/actionlint
	@echo "zizmor"
	@$(VENV)/bin/zizmor --offline --quiet --persona pedantic .github action.yml ci
	@if [ -x $(VENV)/bin/actionlint ]; then echo "actionlint"; $(VENV)/bin/actionlint; \
	else echo "actionlint: skipped, $$(cat $(VENV)/actionlint)"; fi

docs: $(VENV)/dev ## write the reference pages from the schemas
	@$(PY) -m docs

format: $(VENV)/dev ## write the code in the house style
	@$(PY) -m ruff check --fix-only
	@$(PY) -m ruff format

bench: $(VENV)/dev $(VENV)/peers/done ## measure against peers, as ratios
	@$(PY) -m bench

lock: $(PY) ## resolve the lock files anew; LOCK="--upgrade" takes newer versions
	@command -v uv >/dev/null || $(PIP) install uv
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh requirements/lock.sh $(LOCK)

clean: ## remove .venv and caches; .argosy, the state of runs, stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dist

$(PY):
	@if [ -z "$(PYTHON)" ]; then \
		echo "make: needs Python 3.11 or newer with its venv module, and found none of: $(CANDIDATES)" >&2; \
		echo "      on Debian and Ubuntu: apt-get install python3-venv; or name one: make PYTHON=/path/to/python" >&2; \
		exit 1; fi
	@"$(PYTHON)" -c '$(USABLE)' || { \
		echo "make: $(PYTHON) is not Python 3.11 or newer with its venv module" >&2; exit 1; }
	@echo "making $(VENV) with $(PYTHON)"
	@"$(PYTHON)" -m venv --clear $(VENV)

$(VENV)/run: requirements/run.lock pyproject.toml | $(PY)
	@echo "installing what runs pipelines (requirements/run.lock)"
	@$(PIP) install --require-hashes -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements/dev.lock pyproject.toml | $(PY)
	@echo "installing what develops Argosy (requirements/dev.lock)"
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run

# what is measured against must not decide which versions we get
$(VENV)/peers/done: requirements/bench.lock | $(PY)
	@echo "installing the peers of the engine (requirements/bench.lock)"
	@$(PY) -m venv --clear $(VENV)/peers
	@$(VENV)/peers/bin/python -m pip --quiet --disable-pip-version-check --no-input \
		install --require-hashes -r requirements/bench.lock
	@touch $@

$(VENV)/actionlint: | $(VENV)/dev
	@if ! command -v go >/dev/null; then echo "it is installed with Go, and there is none" >$@; \
	elif echo "installing actionlint $(ACTIONLINT_VERSION)" && GOBIN="$(CURDIR)/$(VENV)/bin" GOFLAGS=-modcacherw \
		go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION) >$@.log 2>&1; then echo installed >$@; \
	else tail -3 $@.log >&2; echo "go install failed, see $@.log" >$@; fi
