# The contents page: `make help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard app/translations/*/LC_MESSAGES/*.po))
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --no-deps --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run test lint lint-types lint-rest bench screenshots lock translations workflow setup hooks clean
.DELETE_ON_ERROR:

help: ## this page
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do \
		printf '  make %-12s %s\n' "$$name" "$$what"; done

run: $(VENV)/.run $(CATALOGUES) ## set up and serve the demo sub-district (HOST, PORT, HOTLINE_PORT move it)
	@$(BIN)/python -m scripts.run

test: setup ## all tests, on both databases and in a real browser
	@$(BIN)/python -m scripts.machine postgresql chromium chinese-font nginx
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: setup ## ruff, types, import contracts, templates, translations, names
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint-types lint-rest

# types take as long as everything else together
lint-types:
	$(BIN)/mypy

lint-rest:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check app qr tests benchmarks scripts wsgi.py
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python -m scripts.check_translations
	$(BIN)/python -m scripts.check_house

bench: setup ## figures beside their floors, measured in one run
	@$(BIN)/python -m scripts.machine wrk taskset postgresql
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks queue

screenshots: setup ## the pictures of the README, taken along the browser's story
	@$(BIN)/python -m scripts.machine postgresql chromium chromium-l10n chinese-font nginx
	@$(BIN)/python -m pytest tests/journeys --screenshots=docs/screenshots

setup: $(VENV)/.dev $(CATALOGUES) ## everything development needs in .venv

hooks: setup ## have git check each commit (pre-commit, local hooks only)
	@$(BIN)/pre-commit install

lock: $(VENV)/.dev ## lock requirements.txt and requirements-dev.txt from pyproject.toml
	@$(BIN)/python -m scripts.lock

translations: setup ## gather new strings into the catalogues and say what has no English yet
	@$(BIN)/python -m scripts.check_translations --update

workflow: setup ## write docs/workflow.md from the workflow table
	@MASHANG_ENV=test $(BIN)/flask workflow --out docs/workflow.md

clean: ## remove what can be made again; .env and instance/ stay
	@rm -rf $(VENV) $(CATALOGUES) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo 'The venv module of Python is missing: apt-get install python3-venv' >&2; exit 1; }
	@echo 'Making $(VENV)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/pyvenv.cfg
	@echo 'Installing the locked dependencies'
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/pyvenv.cfg
	@echo 'Installing the locked dependencies, with those of development'
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run

%.mo: %.po | $(VENV)/.run
	@$(BIN)/pybabel -q compile -i $< -o $@
