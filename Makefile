# All commands of the project. `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The Python that makes the virtual environment: 3.11 or newer.
PYTHON ?= python3
VENV := backend/.venv
BIN := $(CURDIR)/$(VENV)/bin
# Two sets of packages: what running needs, and with the tools of tests and checks on top.
PYTHON_RUN := $(VENV)/.ready-run
PYTHON_TOOLS := $(VENV)/.ready-tools
WEB_RUN := kibeezy-poly/node_modules/.ready-run
WEB_TOOLS := kibeezy-poly/node_modules/.ready-tools
export NEXT_TELEMETRY_DISABLED := 1

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11"; exit 1; }
	@echo "Making a virtual environment ..."
	@$(PYTHON) -m venv $(VENV)

$(PYTHON_RUN): backend/requirements-run.txt | $(VENV)/bin/python
	@cd backend && $(BIN)/python -m devtools.install requirements-run.txt
	@touch $@

# The longer list holds the shorter one.
$(PYTHON_TOOLS): backend/requirements-dev.txt | $(VENV)/bin/python
	@cd backend && $(BIN)/python -m devtools.install requirements-dev.txt
	@touch $(PYTHON_RUN) $@

npm_ci = command -v npm >/dev/null || { echo "npm is missing: install Node 20"; exit 1; }; \
  echo "Installing the web page's packages ..."; start=$$(date +%s); \
  (cd kibeezy-poly && npm ci --silent --no-audit --no-fund $(1)) || exit 1; touch $(2); \
  echo "The web page's packages are installed ($$(($$(date +%s) - start)) s)."

$(WEB_RUN): kibeezy-poly/package-lock.json kibeezy-poly/.npmrc
	@$(call npm_ci,--omit=dev,$@)

$(WEB_TOOLS): kibeezy-poly/package-lock.json kibeezy-poly/.npmrc
	@$(call npm_ci,--include=dev,$(WEB_RUN) $@)

# Python's and npm's packages are installed side by side.
packages:
	@$(MAKE) -j2 install-packages

tools: ## Install what tests and checks need, beside what running needs
	@$(MAKE) -j2 install-tools

install-packages: $(PYTHON_RUN) $(WEB_RUN)
	@:

install-tools: $(PYTHON_TOOLS) $(WEB_TOOLS)
	@:

setup: packages ## Install packages; migrate the embedded database when DATABASE_URL is unset
	@cd backend && $(BIN)/python -m devtools.setup_database --embedded-only

run: packages ## Start API, worker and page in mock mode, with a demo login; Ctrl-C stops all
	@cd backend && exec $(BIN)/python -m devtools.run

sandbox: packages ## The same against the local Daraja simulator with the virtual phone
	@cd backend && exec $(BIN)/python -m devtools.run --sandbox

admin-code: $(PYTHON_RUN) ## A code for the demo operator's log-in to the admin, in place of a phone app
	@cd backend && $(BIN)/python -m devtools.admin_code

migrate: $(PYTHON_RUN) ## Bring the database to the current schema
	@cd backend && $(BIN)/python -m devtools.setup_database

serve: $(PYTHON_RUN) ## The API alone under its production server, on $PORT
	@cd backend && exec $(BIN)/python -m config.server

worker: $(PYTHON_RUN) ## The background worker alone
	@cd backend && exec $(BIN)/python -m config.worker

test: tools ## Run every check; the last line counts them
	@cd backend && exec $(BIN)/python -m devtools.check

test-long: tools ## Every check, at the long sizes
	@cd backend && exec $(BIN)/python -m devtools.check --long

check: test ## The same as test

lint: tools ## Lint, format check and import contracts
	@cd backend && $(BIN)/python -m devtools.check lint contracts web-lint

format: tools ## Format everything
	@cd backend && $(BIN)/ruff format . && $(BIN)/ruff check --fix .
	@cd kibeezy-poly && npm run --silent format

types: tools ## Check types
	@cd backend && $(BIN)/python -m devtools.check types web-types

e2e: tools ## The browser scenarios alone
	@cd backend && $(BIN)/python -m devtools.check e2e

frontend-budget: tools ## Measure the page's bytes and speed, and write docs/frontend-budget.md
	@cd backend && $(BIN)/python -m devtools.check build budget profile
	@cd kibeezy-poly && npm run --silent frontend-budget

gallery: tools ## Screenshots of every state, both languages and colour schemes, in kibeezy-poly/gallery, and on sheets in docs/images
	@cd backend && $(BIN)/python -m devtools.frontend
	@cd kibeezy-poly && rm -rf gallery && GALLERY=gallery npm run --silent states && SHEETS=../docs/images GALLERY=gallery npm run --silent states
	@echo "Open kibeezy-poly/gallery/index.html"

chaos: $(PYTHON_TOOLS) ## Deposits while everything fails, then compare with M-Pesa's book (SEED, DEPOSITS, BY_HAND, MINUTES, HISTORIES)
	@cd backend && $(BIN)/python -m chaos $(if $(SEED),--seed $(SEED)) \
	  $(if $(DEPOSITS),--deposits $(DEPOSITS)) $(if $(BY_HAND),--by-hand $(BY_HAND)) $(if $(MINUTES),--minutes $(MINUTES))
ifneq ($(or $(HISTORIES),$(if $(DEPOSITS),,4)),)
	@echo "Random histories against a model of the truth, some 500 x $(or $(HISTORIES),4):"
	@cd backend && MODEL_HISTORIES=$$(( 500 * $(or $(HISTORIES),4) )) $(if $(SEED),CHAOS_SEED=$(SEED)) \
	  $(BIN)/python -m pytest -q --numprocesses=2 tests/model
endif

cluster: $(PYTHON_RUN) ## As several machines would run it, on loopback: three PostgreSQL, two APIs (SHORT_LEASE=1)
	@cd backend && exec $(BIN)/python -m chaos.cluster $(if $(SHORT_LEASE),--short-lease)

bench: $(PYTHON_TOOLS) ## Speed beside yardsticks of the same run, into docs/performance.md (QUICK=1: 3 minutes, WRITE=1: into it, too)
	@cd backend && exec $(BIN)/python -m bench --plan $(if $(QUICK),quick,long) $(if $(QUICK),$(if $(WRITE),--write),--write)

release-dump: $(PYTHON_TOOLS) ## Dump a database of this release with deposits in every state, for tests/upgrade
	@cd backend && $(BIN)/python -m devtools.release_dump

api-types: tools ## Write the OpenAPI schema and the page's types from it
	@cd backend && $(BIN)/python -m devtools.schema
	@cd kibeezy-poly && npm run --silent api-types

compile = $(BIN)/uv pip compile --quiet --generate-hashes --no-strip-extras --no-emit-index-url --universal \
  --python-version 3.11 --custom-compile-command "make requirements"

# Other people's libraries, each with a list of its own (docs/simulator.md).
LIBRARIES = tests/libraries/packages

requirements: | $(VENV)/bin/python ## Compile the pinned Python packages again
	@cd backend && $(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.txt
	@cd backend && $(compile) pyproject.toml -o requirements.txt
	@cd backend && $(compile) pyproject.toml --extra traces -c requirements.txt -o requirements-traces.txt
	@cd backend && $(compile) pyproject.toml --group run -c requirements.txt -o requirements-run.txt
	@cd backend && $(compile) pyproject.toml --extra traces --group dev -c requirements-run.txt -c requirements-traces.txt -o requirements-dev.txt
	@cd backend && $(compile) --group uv -o requirements-uv.txt
	@cd backend && $(compile) daraja_simulator/pyproject.toml $(LIBRARIES)/daraja-simulator/build.in \
	  -c requirements-run.txt -o $(LIBRARIES)/daraja-simulator/requirements.txt
	@cd backend && for list in $(LIBRARIES)/*/requirements.in chaos/cluster/requirements.in; do \
	  $(compile) "$$list" -o "$${list%.in}.txt" || exit 1; done
	@cd backend && for list in $(LIBRARIES)/*/package.json; do npm install --prefix "$${list%/*}" \
	  --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --silent || exit 1; done

clean: ## Remove everything that setup and builds made, the embedded database included
	rm -rf $(VENV) backend/.data backend/staticfiles kibeezy-poly/node_modules kibeezy-poly/.next

.PHONY: help packages tools install-packages install-tools setup run sandbox admin-code migrate serve worker test test-long check lint format types e2e gallery frontend-budget chaos cluster bench release-dump api-types requirements clean
