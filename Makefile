# make help: what there is
PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= $(CURDIR)/data
VENV := .venv
BIN := $(VENV)/bin
export PORT DATA_DIR
# Modules are compiled once, not by every process that a test starts
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test fast check bench assets format lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: assets ## Rehearsal of the 2024 plan at http://127.0.0.1:8000 (PORT, DATA_DIR)
	@$(BIN)/python tools/rehearsal.py

test: $(VENV)/.dev assets ## Everything the tests need, then all tests
	@tools/system-packages test
	$(BIN)/pytest -n 3 --dist loadscope --no-loadscope-reorder

fast: $(VENV)/.dev ## The inner loop: no browser, no PostgreSQL, no LibreOffice
	$(BIN)/pytest -n 2 -m "not journey and not slow"

check: $(VENV)/.dev assets ## Lint, types, import directions, migrations, translations
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_migrations.py
	$(BIN)/python tools/i18n.py check

bench: $(VENV)/.dev assets ## Figures beside their floors; writes $DATA_DIR/bench.json
	@tools/system-packages test
	@$(BIN)/python -m bench

format: $(VENV)/.dev ## Put the code in order
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: $(VENV)/.dev ## Write the lock files anew from pyproject.toml
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## Remove what was built (not the data)
	rm -rf $(VENV) node_modules static/dist build .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.run: requirements.lock
	@tools/system-packages run
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.lock
	@touch $@

assets: $(VENV)/.run
	@$(BIN)/python tools/assets.py
	@$(BIN)/python tools/i18n.py compile
