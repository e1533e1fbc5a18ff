# Two commands matter: `make demo` and `make test`. Each sets up its own .venv first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test check bench lock clean

FOUND := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$p" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
PYTHON ?= $(FOUND)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

help:  ## show this help
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | column -t -s@

demo: .venv/run  ## the whole loop once, on real data, in .argosy/demo
	@$(BIN)/python -m demo

test: .venv/dev  ## run all tests
	@$(BIN)/python -m pytest

check: .venv/dev  ## lint, types, architecture, workflows
	@echo "ruff";         $(BIN)/ruff check .
	@echo "ruff format";  $(BIN)/ruff format --check --quiet .
	@echo "mypy";         $(BIN)/mypy
	@echo "architecture"; $(BIN)/python -m pytest tests/house

bench: .venv/dev  ## measure against peers, as ratios
	@$(BIN)/python -m bench

lock:  ## resolve requirements/*.lock anew (needs uv)
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --custom-compile-command "make lock" pyproject.toml \
	  --group build --group examples -o requirements/run.lock
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --custom-compile-command "make lock" pyproject.toml \
	  --group build --group examples --group dev -c requirements/run.lock -o requirements/dev.lock
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --custom-compile-command "make lock" pyproject.toml \
	  --group build -c requirements/run.lock -o requirements/image.lock

clean:  ## remove the virtual environment and all state
	@rm -rf .venv .argosy .mypy_cache .ruff_cache .pytest_cache

.venv/made:
	@if [ -z "$(PYTHON)" ]; then \
	  echo "error: Python 3.11 or newer, with its venv module, is needed and was not found" >&2; \
	  echo "  help: install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 2; fi
	@echo "making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/run: requirements/run.lock pyproject.toml | .venv/made
	@if [ ! -e .venv/dev ] || [ requirements/dev.lock -nt .venv/dev ]; then \
	  echo "installing $$(grep -c == requirements/run.lock) packages from requirements/run.lock (once)"; \
	  $(PIP) --require-hashes -r requirements/run.lock; \
	  $(PIP) --no-deps --no-build-isolation -e .; fi
	@touch $@

.venv/dev: requirements/dev.lock pyproject.toml | .venv/made
	@echo "installing $$(grep -c == requirements/dev.lock) packages from requirements/dev.lock (once)"
	@$(PIP) --require-hashes -r requirements/dev.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@
