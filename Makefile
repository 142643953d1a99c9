# Two commands on a fresh machine (Python >= 3.11, make): `make serve` and `make test`. `make` alone lists the rest.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help serve test lint types check bench thorough docs lock wheel release clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/serve.done ## set up and run the emulator on http://127.0.0.1:4777 (ARGS="--port 0" to change)
	@exec $(BIN)/modelslab-mock serve $(ARGS)

test: $(VENV)/test.done ## set up and run the tests
	@$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(VENV)/test.done ## formatting and lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/modelslab-mock specs lint contracts/modelslab_contracts/specs/*.yaml

types: $(VENV)/test.done ## mypy, strict
	@$(BIN)/mypy

check: lint types test ## everything that CI runs

bench: $(VENV)/test.done ## our speed as a ratio to a bare uvicorn app in the same run
	@$(BIN)/python -m benchmarks.run $(ARGS)

thorough: $(VENV)/test.done ## the tests that draw examples, with many more of them (an hour or so)
	@HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest -n auto -m "hypothesis or thorough" $(ARGS)

docs: $(VENV)/test.done ## write the pages of docs/ that are made from data
	@$(BIN)/python docs/make.py

lock: $(VENV)/test.done ## write the lock files anew from pyproject.toml (versions and hashes, no addresses)
	@$(PIP) install uv
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --no-header --quiet --group build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --no-header --quiet --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

wheel: $(VENV)/test.done ## build a wheel into dist/
	@$(BIN)/python -m pip --disable-pip-version-check --quiet wheel --no-deps --no-build-isolation -w dist .

release: $(VENV)/test.done ## date the changelog, and make the contracts the ones that later changes are held against
	@$(BIN)/python .ci/release.py

clean: ## remove what the other targets made
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("modelslab-mock: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another with make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/serve.done: $(BIN)/python requirements.lock pyproject.toml
	@echo "setting up $(VENV) (once; a minute at most)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.done: $(VENV)/serve.done requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
