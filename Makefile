# tenfold: `make demo` and `make test` do all their own set-up; `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV   := .venv
OLDEST := .venv-oldest
DOCS   := .venv-docs
BIN    := $(VENV)/bin
JOBS   ?= $(shell nproc)
PIP    := -m pip install --quiet --disable-pip-version-check
# cmake and ninja are those of the environment: none need be installed.
TOOLS  := PATH="$(CURDIR)/$(BIN):$$PATH"
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)

# Stamps: an environment with what we depend on, and the engine built into it. Python files are
# used where they lie, so only C++ sources and build files make the engine stale.
ENV        := $(VENV)/.env
ENGINE     := $(VENV)/.engine
WHEEL      := build/wheel/.built
OLDEST_ENV := $(OLDEST)/.engine
DOCS_ENV   := $(DOCS)/.env
DOCS_ENGINE := $(DOCS)/.engine
CPP_FILES  := $(shell find include src -name '*.[ch]pp' 2>/dev/null)
PY_FILES   := $(shell find python -name '*.py*' -not -path '*/__pycache__/*' 2>/dev/null)
BUILD_FILES := CMakeLists.txt pyproject.toml $(wildcard cmake/*)
# C++ files that went: the directories' times change.
CPP_DIRS   := $(shell find include src -type d 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help
help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(ENV): pyproject.toml scripts/requirements.py scripts/make_venv.sh
	@[ -x $(BIN)/python ] || { echo "tenfold: making $(VENV)"; scripts/make_venv.sh $(VENV); }
	@echo "tenfold: installing what is needed into $(VENV)"
	@$(BIN)/python scripts/requirements.py build run test dev bench > $(VENV)/requirements.txt
	@$(BIN)/python $(PIP) --upgrade -r $(VENV)/requirements.txt
	@touch $@

$(ENGINE): $(ENV) $(CPP_FILES) $(CPP_DIRS) $(BUILD_FILES)
	@echo "tenfold: building the engine"
	@scripts/need_cpp.sh version g++ "A C++20 compiler"
	@$(TOOLS) $(BIN)/python $(PIP) --no-build-isolation --no-deps \
		-C build-dir=build/python -e .
	@touch $@

# What `pip install tenfold` installs, for environments of other releases.
$(WHEEL): $(ENGINE) $(PY_FILES)
	@rm -rf build/wheel
	@$(TOOLS) $(BIN)/python -m pip wheel --quiet --disable-pip-version-check \
		--no-build-isolation --no-deps -C build-dir=build/python-wheel -w build/wheel .
	@touch $@

# The wheel beside the oldest releases that are supported.
$(OLDEST_ENV): $(WHEEL) scripts/oldest.txt
	@[ -x $(OLDEST)/bin/python ] || { echo "tenfold: making $(OLDEST)"; scripts/make_venv.sh $(OLDEST); }
	@echo "tenfold: installing the wheel beside the oldest supported scikit-learn"
	@$(OLDEST)/bin/python $(PIP) -r scripts/oldest.txt
	@$(OLDEST)/bin/python $(PIP) --no-deps --force-reinstall build/wheel/*.whl
	@touch $@

.PHONY: env engine
env: $(ENV) ## Set up .venv with everything but the engine
engine: $(ENGINE) ## Build the engine and install the package, editable, into .venv

.PHONY: demo
demo: $(ENGINE) ## Search the digits grid and compare with scikit-learn (a minute or two)
	@$(BIN)/python examples/demo.py $(ARGS)

.PHONY: test-spark test test-cpp test-python test-oldest test-docs
test: test-cpp test-python test-oldest test-docs lint ## Run everything: C++ and Python tests, the docs, linters
	@echo "tenfold: all tests passed"

# cpp_tests PRESET: configure, build and run the C++ tests.
define cpp_tests
	@scripts/need_cpp.sh gtest/gtest.h libgtest-dev GoogleTest
	@$(TOOLS) cmake --preset $(1) --log-level=WARNING
	@$(TOOLS) cmake --build --preset $(1)
	@$(TOOLS) ctest --preset $(1) --parallel $(JOBS) --progress
endef

test-cpp: $(ENV) ## Run the C++ tests
	$(call cpp_tests,test)

test-python: $(ENGINE) ## Run the Python tests, the doctests and scikit-learn's own suites
	@$(BIN)/python -m pytest --doctest-modules python/tenfold --ignore=python/tenfold/spark $(ARGS)
	@$(BIN)/python -m pytest tests/python $(ARGS)

# What the spark extra names; installed only for those who ask for it, since it is large.
SPARK_ENV := $(VENV)/.spark
$(SPARK_ENV): $(ENGINE)
	@$(BIN)/python scripts/requirements.py spark > $(VENV)/requirements-spark.txt
	@$(BIN)/python $(PIP) -r $(VENV)/requirements-spark.txt
	@touch $@

test-spark: $(SPARK_ENV) ## Run the tests of the Spark bridge and keyed models (needs Java 17)
	@$(BIN)/python -m pytest tests/spark $(ARGS)

test-oldest: $(OLDEST_ENV) ## Run the smoke tests on the oldest supported scikit-learn
	@$(OLDEST)/bin/python -m pytest tests/python -m smoke $(ARGS)

.PHONY: asan tsan
asan: $(ENV) ## Run the C++ tests under the address and undefined-behaviour sanitizers
	$(call cpp_tests,asan)

tsan: $(ENV) ## Run the C++ tests under the thread sanitizer
	@scripts/instrumented_tbb.sh build/tbb-tsan
	$(call cpp_tests,tsan)

.PHONY: lint format tidy
CPP_STYLED := $(shell find include src tests/cpp benchmarks/cpp -name '*.[ch]pp' 2>/dev/null)
lint: $(ENGINE) ## Check style, types and common mistakes (ruff, mypy, clang-format, clang-tidy)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/clang-format --dry-run --Werror $(CPP_STYLED)
	@$(BIN)/python scripts/tidy.py --jobs $(JOBS) build/python
	@echo "tenfold: lint is clean"

format: $(ENV) ## Put all sources into the house style
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/clang-format -i $(CPP_STYLED)

.PHONY: bench bench-cpp
bench: $(ENGINE) ## Run the benchmarks against scikit-learn (takes a while)
	@for file in digits pipeline flights fallback; do $(BIN)/python benchmarks/$$file.py $(ARGS); done

bench-cpp: $(ENV) ## Run the micro-benchmarks of the engine's hot loops
	@scripts/need_cpp.sh benchmark/benchmark.h libbenchmark-dev "Google Benchmark"
	@scripts/need_cpp.sh gtest/gtest.h libgtest-dev GoogleTest
	@$(TOOLS) cmake --preset release --log-level=WARNING
	@$(TOOLS) cmake --build --preset release
	@build/release/benchmarks/cpp/tenfold_benchmarks $(ARGS)

# The documentation has an environment of its own: the reference is read off PySpark's classes too, and
# PySpark is large and keeps pandas at 2.
$(DOCS_ENV): pyproject.toml scripts/requirements.py scripts/make_venv.sh
	@[ -x $(DOCS)/bin/python ] || { echo "tenfold: making $(DOCS)"; scripts/make_venv.sh $(DOCS); }
	@echo "tenfold: installing what the documentation needs into $(DOCS)"
	@$(DOCS)/bin/python scripts/requirements.py run test spark docs > $(DOCS)/requirements.txt
	@$(DOCS)/bin/python $(PIP) --upgrade -r $(DOCS)/requirements.txt
	@touch $@

$(DOCS_ENGINE): $(DOCS_ENV) $(WHEEL)
	@$(DOCS)/bin/python $(PIP) --no-deps --force-reinstall build/wheel/*.whl
	@touch $@

.PHONY: docs wheel clean
docs: $(DOCS_ENGINE) ## Build the documentation into site/, warnings as errors
	@rm -rf docs/reference/generated
	@$(DOCS)/bin/sphinx-build --quiet --fresh-env --nitpicky --fail-on-warning --keep-going docs site
	@echo "tenfold: the documentation is in site/index.html"

test-docs: docs ## Build the documentation; check that it has every name and that its examples run
	@$(DOCS)/bin/python -m pytest tests/docs $(ARGS)

wheel: $(ENV) ## Build a wheel into dist/
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps -w dist .

clean: ## Remove all that was built, the environments too
	rm -rf build dist site docs/reference/generated $(VENV) $(OLDEST) $(DOCS) .mypy_cache .pytest_cache .ruff_cache .hypothesis
