# Two commands matter: `make outturn` and `make test`. Each makes its own .venv; a machine needs Python 3.11+, git, make.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: outturn test lint docs samples bench coverage verdicts attack matrix soak clean help

help:            ## Show the targets.
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

outturn: $(VENV)/.core  ## Run the batch job on data/samples and print the outturn.
	$(BIN)/psaindicators outturn data/samples/namcs/outturn.toml
	@echo
	$(BIN)/psaindicators outturn data/samples/outturn.toml

test: $(VENV)/.test     ## Run the whole test suite, in two processes.
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup $(PYTEST_ARGS)

lint: $(VENV)/.lint     ## Check format, lint and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.docs     ## Build the documentation into docs/_build; any warning is an error.
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "documentation: docs/_build/html/index.html"

samples: $(VENV)/.core  ## Make the synthetic sample data again, the same bytes.
	$(BIN)/python data/samples/make_samples.py

bench: $(VENV)/.test    ## Time the library beside floors and peers, as ratios.
	$(BIN)/python benchmarks/run.py $(BENCH_ARGS)

coverage: $(VENV)/.test ## Simulate the coverage of the intervals (minutes).
	$(BIN)/python docs/coverage/simulate.py
	$(BIN)/python docs/coverage/sparse.py

verdicts: $(VENV)/.test ## Simulate how often a verdict says "moved" when nothing did (about ten minutes).
	$(BIN)/python docs/verdicts/study.py

attack: $(VENV)/.test   ## Attack what is withheld of a thousand random table sets (minutes).
	$(BIN)/python docs/disclosure/attack.py

matrix: $(VENV)/.test   ## Run the suite at the lowest and newest versions, on PYTHONS="python3.11:lowest python3.12".
	$(BIN)/python docs/quality/matrix.py $(PYTHONS); $(BIN)/python docs/quality/page.py

soak: $(VENV)/.test     ## Kill, fail and damage for hours; SOAK_ARGS="--scale 0.01" for minutes, or the name of a part.
	$(BIN)/python -m tests.soak $(SOAK_ARGS); $(BIN)/python docs/quality/page.py

clean:           ## Remove what the other targets made.
	rm -rf $(VENV) outturn docs/_build docs/_generated build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; name it: make PYTHON=/path/to/python3 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[test]'
	@touch $@

$(VENV)/.spark: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[test,spark]'
	@touch $@

$(VENV)/.lint: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[test,lint]'
	@touch $@

$(VENV)/.docs: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[test,docs]'
	@touch $@
