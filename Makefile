# tenfold: `make demo` and `make test` do all their own set-up; `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV   := .venv
OLDEST := .venv-oldest
BIN    := $(VENV)/bin
JOBS   ?= $(shell nproc)
PIP    := -m pip install --quiet --disable-pip-version-check
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)

# Stamps: an environment with what we depend on, and the engine built into it. Python files are
# used where they lie, so only C++ sources and build files make the engine stale.
ENV        := $(VENV)/.env
ENGINE     := $(VENV)/.engine
OLDEST_ENV := $(OLDEST)/.engine
CPP_FILES  := $(shell find include src -name '*.[ch]pp' 2>/dev/null)
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
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python $(PIP) --no-build-isolation --no-deps \
		-C build-dir=build/python -e .
	@touch $@

.PHONY: env engine
env: $(ENV) ## Set up .venv with everything but the engine
engine: $(ENGINE) ## Build the engine and install the package, editable, into .venv
