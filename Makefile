# Two commands set up everything: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test lint docs bench bench-scale clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -c constraints.txt torch
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	touch $(STAMP)

demo: setup
	$(BIN)/python examples/demo.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest -q -m "not slow"

docs: setup
	$(BIN)/python docs/settings_page.py

bench: setup
	$(BIN)/python eval/bench/ingest.py
	$(BIN)/python eval/bench/ingest_and_query.py
	$(BIN)/python eval/bench/history.py

bench-scale: setup
	$(BIN)/python eval/bench/scale.py --work build/scale

clean:
	rm -rf $(VENV) build dist .leanrag .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
