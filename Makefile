# Everything one does with Linli. Needs Python 3.11 or newer and make; the rest is set up here.

PYTHON ?= python3
WORKERS ?= auto
SEED ?= 1
ROUNDS ?= 10
FAULTS := tests/faults tests/processes/test_kill.py tests/processes/test_many.py
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
RESOLVE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header $(UPGRADE)
OURS := bot casework domain handlers scheduler storage texts web
COMPILE = $(RESOLVE) pyproject.toml -

.DEFAULT_GOAL := help
.PHONY: help setup run demo-reset test partners chaos check bench migration lock upgrade clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup: .venv/for-running ## set up what running needs; `make run` does it by itself
	@$(BIN)/python -m compileall -q $(OURS) # a service may not write here, and would compile at each start

run: .venv/for-running ## open the demo community in the web chat (sets everything up the first time)
	@$(BIN)/linli demo

demo-reset: .venv/for-running ## forget the demo community and start it over
	@$(BIN)/linli demo --reset

test: .venv/for-development ## run all tests, on both databases; some: make test TESTS=tests/cli WORKERS=0
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist loadgroup $(TESTS)

partners: ## fetch ciphers that others wrote, beside which the tests then look at ours; needs npm
	npm ci --prefix tests/partners --no-audit --no-fund

chaos: .venv/for-development ## faults again and again, a hundred kills a round: make chaos SEED=1 ROUNDS=10
	@LINLI_CHAOS_SEED=$(SEED) LINLI_CHAOS_ROUNDS=$(ROUNDS) \
		$(BIN)/python -m pytest --numprocesses 0 --capture no $(or $(TESTS),$(FAULTS))

check: .venv/for-development ## style, types and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/for-development .venv-bench/ready ## measure against other bots; a first impression: make bench QUICK=--quick
	@$(BIN)/python -m benchmarks $(QUICK)

migration: .venv/for-development ## draft the next step of the tables: make migration m="what changes"
	@$(BIN)/python -m storage.migrations.draft "$(m)"

lock: .venv/for-development ## pin again after a change of pyproject.toml
	@$(INSTALL) uv
	@echo 'setuptools>=77' | $(COMPILE) --extra dev --output-file requirements-dev.lock
	@echo 'setuptools>=77' | $(COMPILE) --constraint requirements-dev.lock --output-file requirements.lock
	@echo 'setuptools>=77' | $(RESOLVE) --group bench --output-file requirements-bench.lock -

upgrade: UPGRADE = --upgrade
upgrade: lock ## pin the newest versions that pyproject.toml allows

clean: ## remove the set-up and all caches; the data stays
	rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The two stamps say which lock file .venv holds, so that the second start is instant.
.venv/for-running: requirements.lock pyproject.toml
	$(set-up)

.venv/for-development: requirements-dev.lock pyproject.toml
	$(set-up)

# The other bots of the benchmark, whose versions must not meet ours.
.venv-bench/ready: requirements-bench.lock
	@echo 'Setting up .venv-bench from $< (about a minute, the first time only) ...'
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

define set-up
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Linli needs Python 3.11 or newer. Name one: make $(MAKECMDGOALS) PYTHON=python3.12'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'Python is here without venv. On Debian and Ubuntu: apt-get install python3-venv'; exit 1; }
	@echo 'Setting up .venv from $< (about a minute, the first time only) ...'
	@$(PYTHON) -m venv .venv
	@$(INSTALL) --require-hashes --requirement $<
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
endef
