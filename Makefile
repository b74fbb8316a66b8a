# Needs only Python 3.11 or newer with venv, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup demo test test-all coverage lint types clean

help:
	@echo "make demo      set up .venv, run the main job on generated clips and a tiny checkpoint"
	@echo "make test      set up .venv, lint, types, the suite without its slow tests"
	@echo "make test-all  the same with the slow tests"
	@echo "make coverage  the tests of make test, and by file the lines that they do not run"
	@echo "make clean     remove what the demo and the tests left (not .venv)"

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@date +%s > $(VENV)/.begun
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@echo "installed in $$(( $$(date +%s) - $$(cat $(VENV)/.begun) )) s"
	@touch $@

demo: setup
	$(BIN)/spectrum demo --out demo

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

# Two test processes with one thread each: more threads than cores wait for each other.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

test: lint types
	$(PYTEST) -m "not slow"

# Apart from `make test`: what watches every line makes the suite half as long again.
coverage: setup
	$(PYTEST) -m "not slow" --cov --cov-report=
	$(BIN)/coverage report --skip-covered --sort=cover

test-all: lint types
	$(PYTEST)

clean:
	rm -rf demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis htmlcov .coverage
