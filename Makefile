# Every chore of the project; `make` alone lists them.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo fmt lint test unit stack golden docs site dist zipapp sbom lock bench kind faults mutants audit check clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

$(READY): pyproject.toml
	@echo "making $(VENV) and installing depgen into it: about a minute" >&2
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

setup: $(READY) ## Make the virtual environment

demo: $(READY) ## Compile the first example, and play a night of it in which things go wrong
	@$(BIN)/python examples/demo.py

fmt: $(READY) ## Format the code
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lint: $(READY) ## Format, lint, types, layers and risky code, without changing anything
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml generator
	$(BIN)/zizmor --offline --quiet --persona auditor action.yml

unit: $(READY) ## The tests that need nothing but Python
	$(BIN)/python -m pytest -m 'not stack'

stack: $(READY) ## The tests on the real API server, JetStream, Argo Events and Argo Workflows
	$(BIN)/python -m tests.stack.build
	$(BIN)/python -m pytest -m stack tests/stack

test: $(READY) ## Every test; the stack tests are skipped, with the reason, where there is no Go toolchain
	@if command -v go >/dev/null; then $(BIN)/python -m tests.stack.build; fi
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

golden: $(READY) ## Write the expected outputs of examples and lint fixtures anew
	$(BIN)/python -m tests.golden.remake
	$(BIN)/python -m tests.lint.remake
	$(BIN)/python -m tests.monitoring.remake

docs: $(READY) ## Write the generated parts of the documentation anew
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_rules.py
	$(BIN)/python docs/make_doctor.py
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_cli.py
	$(BIN)/python docs/make_man.py
	$(BIN)/python -m tests.stack.faults.page
	$(BIN)/python -m tests.house.quotes --write

site: $(READY) ## Build the documentation site into site/; a link that leads nowhere is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

dist: $(READY) ## Build the wheel and the sdist into dist/, and check them
	$(BIN)/hatchling build
	$(BIN)/check-wheel-contents dist/*.whl

zipapp: $(READY) ## Build dist/depgen.pyz, one file that this machine's Python runs, with all for a cluster in it
	mkdir -p dist
	$(BIN)/shiv --quiet --reproducible --compressed --console-script depgen --python '/usr/bin/env python3' \
		--preamble image/preamble.py --output-file dist/depgen.pyz '.[cluster]'

sbom: $(READY) ## Write dist/depgen.cdx.json, what an installation as in the image is made of
	$(PYTHON) -m venv --clear dist/sbom
	dist/sbom/bin/pip install --quiet --require-hashes --requirement image/requirements.txt
	dist/sbom/bin/pip install --quiet --no-deps .
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file dist/depgen.cdx.json dist/sbom
	rm -r dist/sbom

lock: $(READY) ## Look up the newest packages for the image, with their hashes
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command 'make lock' --extra cluster --extra plugin --extra postgresql pyproject.toml \
		--output-file image/requirements.txt

bench: $(READY) ## Measure what docs/benchmarks.md reports
	$(BIN)/python -m tests.bench

kind: $(READY) ## The stack tests on a kind cluster (needs docker and kind)
	bash tests/stack/kind.sh

faults: $(READY) ## Break every part of the stack in turn; FAULT=name,... for some, SEED=number for the same again
	$(BIN)/python -m tests.stack.build
	DEPGEN_REQUIRE_STACK=1 DEPGEN_FAULTS='$(or $(FAULT),all)' DEPGEN_FAULTS_SEED='$(SEED)' \
		$(BIN)/python -m pytest tests/stack/faults -v

mutants: $(READY) ## Break every rule of the programs in turn, and count how many the scenarios notice (long)
	$(BIN)/python -m tests.mutants

audit: $(READY) ## Ask PyPI for known vulnerabilities of the installed packages (needs the network; no part of check)
	$(BIN)/python -m tests.house.audit

check: lint test ## What CI runs

clean: ## Remove the virtual environment, caches and what was built
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist site
