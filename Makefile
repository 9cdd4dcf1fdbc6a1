# All commands of the project. `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The Python that makes the virtual environment: 3.11 or newer.
PYTHON ?= python3
VENV := backend/.venv
BIN := $(CURDIR)/$(VENV)/bin
PYTHON_READY := $(VENV)/.ready
WEB_READY := kibeezy-poly/node_modules/.ready
export NEXT_TELEMETRY_DISABLED := 1

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(PYTHON_READY): backend/requirements-dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11"; exit 1; }
	@echo "Installing the Python packages ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r backend/requirements-dev.txt
	@touch $@

$(WEB_READY): kibeezy-poly/package-lock.json kibeezy-poly/.npmrc
	@command -v npm >/dev/null || { echo "npm is missing: install Node 20"; exit 1; }
	@echo "Installing the web page's packages ..."
	@cd kibeezy-poly && npm ci --silent --no-audit --no-fund
	@touch $@

packages: $(PYTHON_READY) $(WEB_READY)

setup: packages ## Install packages; migrate the embedded database when DATABASE_URL is unset
	@cd backend && $(BIN)/python -m devtools.setup_database --embedded-only

run: packages ## Start API, worker and page in mock mode, with a demo login; Ctrl-C stops all
	@cd backend && exec $(BIN)/python -m devtools.run

sandbox: packages ## The same against the local Daraja simulator with the virtual phone
	@cd backend && exec $(BIN)/python -m devtools.run --sandbox

admin-code: $(PYTHON_READY) ## A code for the demo operator's log-in to the admin, in place of a phone app
	@cd backend && $(BIN)/python -m devtools.admin_code

migrate: $(PYTHON_READY) ## Bring the database to the current schema
	@cd backend && $(BIN)/python -m devtools.setup_database

serve: $(PYTHON_READY) ## The API alone under its production server, on $PORT
	@cd backend && exec $(BIN)/python -m config.server

worker: $(PYTHON_READY) ## The background worker alone
	@cd backend && exec $(BIN)/python -m config.worker

test: packages ## Run every check; the last line counts them
	@cd backend && $(BIN)/python -m devtools.check

check: test ## The same as test

lint: packages ## Lint, format check and import contracts
	@cd backend && $(BIN)/python -m devtools.check lint contracts web-lint

format: packages ## Format everything
	@cd backend && $(BIN)/ruff format . && $(BIN)/ruff check --fix .
	@cd kibeezy-poly && npm run --silent format

types: packages ## Check types
	@cd backend && $(BIN)/python -m devtools.check types web-types

e2e: packages ## The browser stories alone
	@cd backend && $(BIN)/python -m devtools.check e2e

frontend-budget: packages ## Measure the page's bytes and speed, and write docs/frontend-budget.md
	@cd backend && $(BIN)/python -m devtools.check build budget profile
	@cd kibeezy-poly && npm run --silent frontend-budget

gallery: packages ## Screenshots of every state, both languages and colour schemes, in kibeezy-poly/gallery
	@cd backend && $(BIN)/python -m devtools.frontend
	@cd kibeezy-poly && rm -rf gallery && GALLERY=gallery npm run --silent states
	@echo "Open kibeezy-poly/gallery/index.html"

chaos: $(PYTHON_READY) ## Deposits while everything fails, then compare with M-Pesa's book (SEED, DEPOSITS, MINUTES, HISTORIES)
	@cd backend && $(BIN)/python -m chaos \
	  $(if $(SEED),--seed $(SEED)) $(if $(DEPOSITS),--deposits $(DEPOSITS)) $(if $(MINUTES),--minutes $(MINUTES))
ifneq ($(or $(HISTORIES),$(if $(DEPOSITS),,4)),)
	@echo "Random histories against a model of the truth, some 500 x $(or $(HISTORIES),4):"
	@cd backend && CHAOS_EXAMPLES=$(or $(HISTORIES),4) $(if $(SEED),CHAOS_SEED=$(SEED)) \
	  $(BIN)/python -m pytest -q --numprocesses=2 tests/model
endif

release-dump: $(PYTHON_READY) ## Dump a database of this release with deposits in every state, for tests/upgrade
	@cd backend && $(BIN)/python -m devtools.release_dump

api-types: packages ## Write the OpenAPI schema and the page's types from it
	@cd backend && $(BIN)/python -m devtools.schema
	@cd kibeezy-poly && npm run --silent api-types

requirements: $(PYTHON_READY) ## Compile the pinned Python packages anew
	@cd backend && $(BIN)/python -m pip install --quiet uv && \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-strip-extras --no-emit-index-url --universal --python-version 3.11 \
	    --custom-compile-command "make requirements" pyproject.toml -o requirements.txt && \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-strip-extras --no-emit-index-url --universal --python-version 3.11 \
	    --custom-compile-command "make requirements" --group dev pyproject.toml -c requirements.txt -o requirements-dev.txt

clean: ## Remove everything that setup and builds made, the embedded database included
	rm -rf $(VENV) backend/.data backend/staticfiles kibeezy-poly/node_modules kibeezy-poly/.next

.PHONY: help packages setup run sandbox admin-code migrate serve worker test check lint format types e2e gallery frontend-budget chaos release-dump api-types requirements clean
