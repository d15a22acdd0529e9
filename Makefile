# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt

# where it is set, every start of Python compiles torch and all the rest again, which takes longer than most tests
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test slow lint types contracts schema install install-dev clean

demo: install ## install, then a true equivalence report from real images
	@$(BIN)/gda-bench run --task digits --profile quick
	@echo "The report is the folder above: open its report.html in a browser."

test: install-dev ## the default test suite
	$(BIN)/pytest

slow: install-dev ## the tests that take ten seconds or more each
	$(BIN)/pytest -m slow

lint: install-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: install-dev
	$(BIN)/mypy

contracts: install-dev ## the direction of imports
	$(BIN)/lint-imports

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh tools/make-venv
	@echo "installing gda-bench and what it needs (5 GB, some minutes)"
	@$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $@

schema: install-dev ## write the report's JSON Schema out again
	$(BIN)/python -c "import json; from gda_bench.report import schema; print(json.dumps(schema(), indent=1))" \
		> benchmark/gda_bench/schema/report-v1.json

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
