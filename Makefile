# tenfold: `make demo` and `make test` do all their own set-up; `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV   := .venv
OLDEST := .venv-oldest
BOOSTING_OLDEST := .venv-boosting-oldest
SPARK  := .venv-spark
SPARK_OLDEST := .venv-spark-oldest
EXECUTOR := .venv-executor
BIN    := $(VENV)/bin
JOBS   ?= $(shell nproc)
PIP    := -m pip install --quiet --disable-pip-version-check
# cmake and ninja are those of the environment: none need be installed.
TOOLS  := PATH="$(CURDIR)/$(BIN):$$PATH"
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)

# Stamps: an environment with what we depend on, and the engine built into it. Python files are
# used where they lie, so only C++ sources, build files and the names of Python files make it stale.
ENV        := $(VENV)/.env
ENGINE     := $(VENV)/.engine
WHEEL      := build/wheel/.built
OLDEST_ENV := $(OLDEST)/.engine
SPARK_ENV  := $(SPARK)/.env
SPARK_ENGINE := $(SPARK)/.engine
SPARK_OLDEST_ENGINE := $(SPARK_OLDEST)/.engine
DOCS_ENV   := $(SPARK)/.docs
CPP_FILES  := $(shell find include src -name '*.[ch]pp' 2>/dev/null)
PY_FILES   := $(shell find python -name '*.py*' -not -path '*/__pycache__/*' 2>/dev/null)
BUILD_FILES := CMakeLists.txt pyproject.toml $(wildcard cmake/*)
# The editable install knows Python files by name: one that came, went or moved makes it stale. The list is
# written only where it differs.
PY_NAMES   := build/python-files
$(shell mkdir -p build; echo $(sort $(PY_FILES)) | cmp -s - $(PY_NAMES) || echo $(sort $(PY_FILES)) > $(PY_NAMES))
# C++ files that went: the directories' times change.
CPP_DIRS   := $(shell find include src -type d 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help
help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(ENV): pyproject.toml scripts/requirements.py scripts/make_venv.sh
	@[ -x $(BIN)/python ] || { echo "tenfold: making $(VENV)"; scripts/make_venv.sh $(VENV); }
	@echo "tenfold: installing what is needed into $(VENV)"
	@$(BIN)/python scripts/requirements.py build run test boosting mlflow dev bench > $(VENV)/requirements.txt
	@$(BIN)/python $(PIP) --upgrade -r $(VENV)/requirements.txt
	@touch $@

$(ENGINE): $(ENV) $(CPP_FILES) $(CPP_DIRS) $(BUILD_FILES) $(PY_NAMES)
	@echo "tenfold: building the engine"
	@scripts/need_cpp.sh version g++ "A C++20 compiler"
	@$(TOOLS) $(BIN)/python $(PIP) --no-build-isolation --no-deps \
		-C build-dir=build/python -C cmake.define.TENFOLD_INVARIANTS=ON -e .
	@touch $@

# What `pip install tenfold` gives; every environment but .venv is given this.
$(WHEEL): $(ENV) $(CPP_FILES) $(CPP_DIRS) $(BUILD_FILES) $(PY_FILES)
	@echo "tenfold: building the wheel"
	@scripts/need_cpp.sh version g++ "A C++20 compiler"
	@rm -rf $(@D)
	@$(TOOLS) $(BIN)/python -m pip wheel --quiet --disable-pip-version-check \
		--no-build-isolation --no-deps -C build-dir=build/python-wheel -w $(@D) .
	@touch $@

# Beside the oldest releases that are supported.
$(OLDEST_ENV): $(WHEEL) scripts/oldest.txt
	@[ -x $(OLDEST)/bin/python ] || { echo "tenfold: making $(OLDEST)"; scripts/make_venv.sh $(OLDEST); }
	@echo "tenfold: installing the wheel beside the oldest supported scikit-learn"
	@$(OLDEST)/bin/python $(PIP) -r scripts/oldest.txt
	@$(OLDEST)/bin/python $(PIP) --no-deps --force-reinstall build/wheel/*.whl
	@touch $@

# Boosting libraries of two years ago, beside the scikit-learn of their time.
$(BOOSTING_OLDEST)/.engine: $(WHEEL) scripts/oldest.txt scripts/oldest-boosting.txt
	@[ -x $(BOOSTING_OLDEST)/bin/python ] || \
		{ echo "tenfold: making $(BOOSTING_OLDEST)"; scripts/make_venv.sh $(BOOSTING_OLDEST); }
	@echo "tenfold: installing the wheel beside the oldest supported boosting libraries"
	@$(BOOSTING_OLDEST)/bin/python $(PIP) -r scripts/oldest.txt
	@$(BOOSTING_OLDEST)/bin/python $(PIP) --no-deps -r scripts/oldest-boosting.txt
	@$(BOOSTING_OLDEST)/bin/python $(PIP) --no-deps --force-reinstall build/wheel/*.whl
	@touch $@

# Beside PySpark, with the pandas that it supports.
$(SPARK_ENV): pyproject.toml scripts/requirements.py scripts/make_venv.sh
	@scripts/need_java.sh
	@[ -x $(SPARK)/bin/python ] || { echo "tenfold: making $(SPARK)"; scripts/make_venv.sh $(SPARK); }
	@echo "tenfold: installing what Spark needs into $(SPARK)"
	@$(SPARK)/bin/python scripts/requirements.py run test spark bench-spark examples > $(SPARK)/requirements.txt
	@$(SPARK)/bin/python $(PIP) --upgrade -r $(SPARK)/requirements.txt
	@touch $@

$(SPARK_ENGINE): $(SPARK_ENV) $(WHEEL)
	@$(SPARK)/bin/python $(PIP) --no-deps --force-reinstall build/wheel/*.whl
	@touch $@

$(SPARK_OLDEST_ENGINE): $(WHEEL) scripts/oldest-spark.txt
	@scripts/need_java.sh
	@[ -x $(SPARK_OLDEST)/bin/python ] || \
		{ echo "tenfold: making $(SPARK_OLDEST)"; scripts/make_venv.sh $(SPARK_OLDEST); }
	@echo "tenfold: installing the wheel beside the oldest supported Spark"
	@$(SPARK_OLDEST)/bin/python $(PIP) -r scripts/oldest-spark.txt
	@$(SPARK_OLDEST)/bin/python $(PIP) --no-deps --force-reinstall build/wheel/*.whl
	@touch $@

# What executors have who are to get this package with the job: the same scikit-learn, and no more.
EXECUTOR_ENV := $(EXECUTOR)/.env
$(EXECUTOR_ENV): $(SPARK_ENV)
	@scripts/make_venv.sh $(EXECUTOR)
	@$(SPARK)/bin/python -m pip freeze --disable-pip-version-check | \
		grep -E '^(joblib|numpy|pandas|pyarrow|scikit-learn|scipy)==' > $(EXECUTOR)/requirements.txt
	@$(EXECUTOR)/bin/python $(PIP) -r $(EXECUTOR)/requirements.txt
	@touch $@

.PHONY: env engine
env: $(ENV) ## Set up .venv with everything but the engine
engine: $(ENGINE) ## Build the engine and install the package, editable, into .venv

.PHONY: demo
demo: $(ENGINE) ## Search the digits grid and compare with scikit-learn (a minute or two)
	@$(BIN)/python examples/demo.py $(ARGS)

.PHONY: demo-spark
demo-spark: $(SPARK_ENGINE) ## Search the digits grid on a Spark cluster of this machine's own (a minute or two)
	@scripts/need_java.sh
	@$(SPARK)/bin/python examples/demo_spark.py $(ARGS)

.PHONY: test-spark test-spark-classic test-spark-connect test-spark-oldest notebooks
.PHONY: test test-cpp test-python test-oldest test-paths-oldest test-docs test-cluster
test: test-cpp test-python test-oldest test-spark test-spark-oldest test-cluster notebooks test-docs \
      lint asan tsan ## Run everything: tests, notebooks, docs, linters, sanitizers
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
	@scripts/need_browser.sh
	@$(BIN)/python -m pytest --doctest-modules python/tenfold --ignore=python/tenfold/spark $(ARGS)
	@$(BIN)/python -m pytest tests/python $(ARGS)

.PHONY: sweep
sweep: $(ENGINE) ## Compare 2,000 random searches with scikit-learn's to the last bit (nightly); ARGS="--seed 1 --count 100"
	@$(BIN)/python -W ignore -m tests.sweep $(ARGS)

# Classic Spark and Connect in a process each, both at once: a session mostly waits for one task or
# the other. No test and no exit may hang: Connect's client tries calls again for ten minutes.
test-spark: $(SPARK_ENGINE) ## Run the tests of the Spark side, on classic Spark and on Connect
	@$(MAKE) --jobs=2 --output-sync=target test-spark-classic test-spark-connect

test-spark-classic test-spark-connect: test-spark-%: $(SPARK_ENGINE)
	@timeout --foreground --kill-after=30 1200 $(SPARK)/bin/python -m pytest tests/spark \
		--spark=$* --timeout=180 -o cache_dir=.pytest_cache/$* $(ARGS)

# Searches on a standalone cluster: from classic Spark with executors that have no tenfold, and from Connect.
test-cluster: $(SPARK_ENGINE) $(EXECUTOR_ENV) ## Run the tests of searches on a Spark cluster
	@$(MAKE) --jobs=2 --output-sync=target test-cluster-classic test-cluster-connect

.PHONY: test-cluster-classic test-cluster-connect
test-cluster-classic test-cluster-connect: test-cluster-%: $(SPARK_ENGINE) $(EXECUTOR_ENV)
	@TENFOLD_EXECUTOR_PYTHON=$$(pwd)/$(EXECUTOR)/bin/python \
		timeout --foreground --kill-after=30 1200 $(SPARK)/bin/python -m pytest tests/cluster \
		--spark=$* --timeout=180 -o timeout_func_only=true -o cache_dir=.pytest_cache/cluster-$* $(ARGS)

test-spark-oldest: $(SPARK_OLDEST_ENGINE) ## Run the old import and keyed models on the oldest supported Spark
	@timeout --foreground --kill-after=30 1200 $(SPARK_OLDEST)/bin/python -m pytest tests/spark \
		-m "smoke and not slow" --timeout=180 -W ignore::DeprecationWarning:pyspark $(ARGS)

notebooks: $(SPARK_ENGINE) ## Run the example notebooks from top to bottom
	@timeout --foreground --kill-after=30 1200 $(SPARK)/bin/python scripts/run_notebooks.py $(ARGS)

test-oldest: $(OLDEST_ENV) ## Run the smoke tests on the oldest supported scikit-learn
	@$(OLDEST)/bin/python -m pytest tests/python -m smoke $(ARGS)

test-paths-oldest: $(BOOSTING_OLDEST)/.engine ## Run the tests of paths on the oldest releases they were proven for
	@$(BOOSTING_OLDEST)/bin/python -m pytest tests/python/sharing/paths $(ARGS)

.PHONY: asan tsan fuzz test-all
asan: $(ENGINE) ## Run the C++ tests, and searches through Python, under the address and undefined-behaviour sanitizers
	$(call cpp_tests,asan)
	@scripts/sanitized_searches.sh asan

tsan: $(ENGINE) ## The same under the thread sanitizer; skipped where Debian's source of oneTBB can't be had
	@code=0; scripts/instrumented_tbb.sh build/tbb-tsan > build/tbb-tsan.log 2>&1 || code=$$?; \
	case $$code in \
	0) $(MAKE) tsan-run ;; \
	77) tail -n 1 build/tbb-tsan.log; echo "tenfold: the thread sanitizer was skipped" ;; \
	*) tail build/tbb-tsan.log; exit 1 ;; \
	esac

.PHONY: tsan-run
tsan-run:
	$(call cpp_tests,tsan)
	@scripts/sanitized_searches.sh tsan

FUZZ_SECONDS ?= 30
fuzz: $(ENV) ## Feed column stores, specs and requests with what nobody means (clang); FUZZ_SECONDS=600 for longer
	@scripts/fuzz.sh $(FUZZ_SECONDS)

test-all: test test-paths-oldest fuzz ## Run `make test`, paths on the oldest releases they were proven for, and the fuzzers
	@echo "tenfold: all of test-all passed"

.PHONY: lint format tidy
CPP_STYLED := $(shell find include src tests/cpp tests/fuzz benchmarks/cpp -name '*.[ch]pp' 2>/dev/null)
lint: $(ENGINE) ## Check style, types and common mistakes (ruff, mypy, clang-format, clang-tidy)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python scripts/check_includes.py
	@$(BIN)/python scripts/check_private_names.py
	@$(BIN)/lint-imports --no-logo --no-cache > build/lint-imports.log || { cat build/lint-imports.log; exit 1; }
	@$(BIN)/clang-format --dry-run --Werror $(CPP_STYLED)
	@$(BIN)/python scripts/tidy.py --jobs $(JOBS) build/python
	@echo "tenfold: lint is clean"

format: $(ENV) ## Put all sources into the house style
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/clang-format -i $(CPP_STYLED)

.PHONY: bench bench-spark bench-cpp
bench: $(ENGINE) ## Run the benchmarks against scikit-learn (takes a while)
	@for file in digits trees pipeline flights fallback; do $(BIN)/python benchmarks/$$file.py $(ARGS); done

bench-spark: $(SPARK_ENGINE) ## Run the benchmarks on Spark, and the simulation of large clusters (takes a while)
	@scripts/need_java.sh
	@for file in bridge spark scale; do $(SPARK)/bin/python benchmarks/$$file.py $(ARGS); done

bench-cpp: $(ENV) ## Run the micro-benchmarks of the engine's hot loops
	@scripts/need_cpp.sh benchmark/benchmark.h libbenchmark-dev "Google Benchmark"
	@scripts/need_cpp.sh gtest/gtest.h libgtest-dev GoogleTest
	@$(TOOLS) cmake --preset release --log-level=WARNING
	@$(TOOLS) cmake --build --preset release
	@build/release/benchmarks/cpp/tenfold_benchmarks $(ARGS)

# Into the environment that has PySpark: the reference is read off its classes too, and the examples on
# the Spark pages run.
$(DOCS_ENV): $(SPARK_ENV)
	@echo "tenfold: installing what the documentation needs into $(SPARK)"
	@$(SPARK)/bin/python scripts/requirements.py docs > $(SPARK)/requirements-docs.txt
	@$(SPARK)/bin/python $(PIP) --upgrade -r $(SPARK)/requirements-docs.txt
	@touch $@

.PHONY: docs test-docs wheel test-wheel spark-package test-spark-package clean
docs: $(DOCS_ENV) $(SPARK_ENGINE) ## Build the documentation into site/, warnings as errors
	@rm -rf docs/reference/generated
	@$(SPARK)/bin/sphinx-build --quiet --fresh-env --nitpicky --fail-on-warning --keep-going docs site
	@echo "tenfold: the documentation is in site/index.html"

test-docs: docs ## Build the documentation; check that it has every name and that its examples run
	@$(SPARK)/bin/python -m pytest tests/docs --timeout=180 $(ARGS)

# libtbb comes with the tbb wheel, which the wheel requires: two copies in a process would be two
# schedulers.
wheel: $(WHEEL) ## Build a wheel for any Linux of its tag, and a source distribution, into dist/
	@rm -rf dist/*.whl dist/*.tar.gz
	@$(TOOLS) $(BIN)/auditwheel repair --exclude libtbb.so.12 -w dist build/wheel/*.whl
	@$(BIN)/python -m build --sdist --no-isolation --outdir dist . > build/sdist.log
	@ls dist

test-wheel: wheel ## Install the wheel and the source distribution into empty environments and search there
	@scripts/test_install.sh dist/*.whl
	@scripts/test_install.sh $$(ls dist/*.tar.gz | grep -v -e -spark-)

spark-package: wheel ## Pack the wheel into an archive for spark.archives, into dist/
	@$(BIN)/python scripts/spark_package.py dist/*.whl

test-spark-package: spark-package $(SPARK_ENGINE) $(EXECUTOR_ENV) ## Submit a job whose executors have the package from that archive alone
	@TENFOLD_SPARK_PACKAGE=$$(realpath dist/*-spark-*.tar.gz) \
		TENFOLD_EXECUTOR_PYTHON=$$(pwd)/$(EXECUTOR)/bin/python \
		timeout --foreground --kill-after=30 1200 $(SPARK)/bin/python -m pytest tests/spark_package \
		--timeout=400 $(ARGS)

clean: ## Remove all that was built, the environments too
	rm -rf build dist site docs/reference/generated
	rm -rf $(VENV) $(OLDEST) $(SPARK) $(SPARK_OLDEST) $(EXECUTOR) $(BOOSTING_OLDEST)
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
