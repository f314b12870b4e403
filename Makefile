# Two commands are all: `make demo` and `make test`. Each builds its own virtual environment from the lock.
PYTHON ?= python3.11
PYTHON := $(shell command -v $(PYTHON) || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/runtime.stamp: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "hybridcal needs Python 3.11 or newer: set PYTHON=/path/to/python3.11" >&2; exit 78; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "this Python cannot make virtual environments; on Debian: apt install python3-venv" >&2; exit 78; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/runtime.stamp requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
	@touch $@

setup: $(VENV)/dev.stamp ## build the virtual environment with the development tools

demo: $(VENV)/runtime.stamp ## play every scene against built-in Google and Webex look-alikes
	$(BIN)/hybridcal demo --once

test: $(VENV)/dev.stamp ## run the tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/dev.stamp ## ruff, mypy --strict, import contracts, dependency check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

crash: $(VENV)/dev.stamp ## 1,000 random kill -9 against the running sandbox
	$(BIN)/python -m tests.crash.run --kills 1000

bench: $(VENV)/dev.stamp ## benchmarks, as ratios against a naive script in the same run
	$(BIN)/python -m benchmarks

lock: ## renew both lock files (needs uv)
	uv pip compile pyproject.toml --group build --generate-hashes --no-emit-index-url --no-emit-package pip --python-version 3.11 --no-header --upgrade -q -o requirements.lock
	uv pip compile pyproject.toml --group build --group dev --generate-hashes --no-emit-index-url --no-emit-package pip --python-version 3.11 --no-header --upgrade -q -o requirements-dev.lock

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist

.PHONY: help setup demo test lint crash bench lock clean
