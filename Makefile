# Nightpost. `make` alone prints this help. Everything that a target needs, it sets up.
PYTHON   ?= $(shell command -v python3.11 || command -v python3)
VENV     := .venv
BIN      := $(VENV)/bin
HOME_DIR := $(or $(NIGHTPOST_HOME),data)
RUN_SET  := $(VENV)/.run-set-up
TEST_SET := $(VENV)/.test-set-up
SPARK_SET := $(VENV)/.spark-set-up
NEXT     := .venv-duckdb-next
NEXT_SET := $(NEXT)/.set-up
FAST     := tests/conventions tests/exporters tests/orchestration
# What shares a build, or a file, stays in one of the two processes (tests/conftest.py).
PYTEST   := -m pytest -n 2 --dist loadfile --no-loadscope-reorder
# Errors only: an index that lacks a package, or has it twice, is no news to anybody.
PIP      := -m pip install -qq --disable-pip-version-check
OURSELVES := --no-deps --no-build-isolation -e .

.DEFAULT_GOAL := help
.PHONY: help run test test-all expected test-spark test-duckdb-next lint check ui dbt bench fmt lock clean

help:  ## print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_SET)  ## run the newest night (on demo exports if the inbox is empty); say what came out
	@if [ -z "$$(find "$(HOME_DIR)/inbox" -type f 2>/dev/null | head -n 1)" ]; then \
		$(BIN)/nightpost demo --home "$(HOME_DIR)"; fi
	@$(BIN)/nightpost run --home "$(HOME_DIR)"

test: $(TEST_SET)  ## run every test on DuckDB
	@$(BIN)/python $(PYTEST)

test-all: test-spark  ## the same, what it proves together also one by one, and test-spark
	@$(BIN)/python $(PYTEST) -m ""

expected: $(TEST_SET)  ## write anew what a demo night is expected to say of forty people
	@NIGHTPOST_WRITE_EXPECTED=1 $(BIN)/python -m pytest -q tests/end_to_end/test_expected.py

test-spark: $(SPARK_SET)  ## run one night on DuckDB and on a Spark cluster; compare all (Java 17, 6 GB)
	@$(BIN)/python -m pytest tests/spark --timeout 1800

test-duckdb-next: $(NEXT_SET)  ## the fast tests with the newest DuckDB, in a second environment
	@$(NEXT)/bin/python $(PIP) --upgrade --no-deps duckdb
	@$(NEXT)/bin/python -c 'import duckdb; print("DuckDB", duckdb.__version__)'
	@$(NEXT)/bin/python $(PYTEST) -q $(FAST)

lint: $(TEST_SET)  ## format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/sqlfmt --check --no-progressbar dbt_project
	@$(BIN)/mypy

check: lint  ## the same, conventions and the fast tests
	@$(BIN)/python $(PYTEST) -q $(FAST)

ui: $(RUN_SET)  ## Dagster on http://127.0.0.1:3000
	@$(BIN)/nightpost ui --home "$(HOME_DIR)"

dbt: $(RUN_SET)  ## dbt by hand on the newest night's warehouse: make dbt ARGS='test -s seg_customers'
	@umask 077; NIGHTPOST_WAREHOUSE="$(abspath $(HOME_DIR))/warehouse/nightpost.duckdb" \
	NIGHTPOST_AS_OF="$${NIGHTPOST_AS_OF:-$$(sed -n 's/.*"night": "\(.*\)".*/\1/p' "$(HOME_DIR)/outbox/CURRENT")}" \
	DBT_PROJECT_DIR=dbt_project DBT_PROFILES_DIR=dbt_project DO_NOT_TRACK=1 \
	DBT_TARGET_PATH="$(abspath $(HOME_DIR))/dbt/by_hand" \
	DBT_LOG_PATH="$(abspath $(HOME_DIR))/dbt/by_hand" \
	$(BIN)/dbt $(or $(ARGS),--help)

bench: $(TEST_SET)  ## print every figure that the READMEs state, side by side with its baseline
	@for bench in tests/benchmarks/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

fmt: $(TEST_SET)  ## format Python and SQL
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format . ; $(BIN)/sqlfmt --quiet dbt_project

lock: $(TEST_SET)  ## write the lock files again from pyproject.toml (needs uv)
	@uv pip compile --quiet --generate-hashes --no-strip-extras --no-emit-index-url \
		--no-emit-find-links --python-version 3.11 --no-header --no-annotate \
		pyproject.toml .requirements/build.in -o .requirements/run.txt
	@uv pip compile --quiet --generate-hashes --no-strip-extras --no-emit-index-url \
		--no-emit-find-links --python-version 3.11 --no-header --no-annotate \
		--extra test -c .requirements/run.txt pyproject.toml .requirements/build.in \
		-o .requirements/test.txt
	@uv pip compile --quiet --generate-hashes --no-strip-extras --no-emit-index-url \
		--no-emit-find-links --python-version 3.11 --no-header --no-annotate \
		--extra test --extra test-spark -c .requirements/test.txt pyproject.toml \
		.requirements/build.in -o .requirements/spark.txt

clean:  ## remove what set-up and tests made; never the data
	@rm -rf $(VENV) $(NEXT) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	@find . -name __pycache__ -not -path './data/*' -prune -exec rm -rf {} +

$(BIN)/python $(NEXT)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Nightpost needs Python 3.11; set PYTHON=/path/to/python3.11."; exit 1; }
	@echo "Setting up, once: an environment in $(@:/bin/python=) ..."
	@$(PYTHON) -m venv $(@:/bin/python=)

$(RUN_SET): .requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Setting up, once: packages into $(VENV) (1.2 GB, one to three minutes, silent) ..."
	@$(BIN)/python $(PIP) --require-hashes -r .requirements/run.txt
	@$(BIN)/python $(PIP) $(OURSELVES)
	@touch $@

$(TEST_SET): .requirements/test.txt $(RUN_SET)
	@echo "Setting up, once: what the tests need (0.2 GB, half a minute) ..."
	@$(BIN)/python $(PIP) --require-hashes -r .requirements/test.txt
	@touch $@

$(SPARK_SET): .requirements/spark.txt $(TEST_SET)
	@command -v java >/dev/null || { echo "The Spark tests need Java 17 or newer on the PATH."; exit 1; }
	@echo "Setting up, once: Spark (0.5 GB, a minute) ..."
	@$(BIN)/python $(PIP) --require-hashes -r .requirements/spark.txt
	@touch $@

# Everything as locked; the newest DuckDB, which no lock can name, is put over it each time.
$(NEXT_SET): .requirements/test.txt pyproject.toml | $(NEXT)/bin/python
	@echo "Setting up, once: packages into $(NEXT), with the newest DuckDB ..."
	@$(NEXT)/bin/python $(PIP) --require-hashes -r .requirements/test.txt
	@$(NEXT)/bin/python $(PIP) $(OURSELVES)
	@touch $@
