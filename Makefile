# Fairground's commands. `make` alone lists them. Needed: GNU make 3.81 or newer, Python 3.11 or newer, nothing else.
#   PYTHON=<interpreter>   the Python to use; without it the first suitable one on the path, but one that was built without
#                          profile-guided optimisation, a quarter slower, only if the system's own is not suitable either

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV_VERSION := 0.13.9
UV := .tools/bin/uv
BIN := .venv/bin

MEMBER_FILES := $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
MEMBERS := $(patsubst %/pyproject.toml,%,$(MEMBER_FILES))
CHECKED := $(wildcard libs services tests)
space := $(subst ,, )

# A distribution's Python is optimised without saying so in its options; pyenv's are not unless they were asked to be.
QUICK = import ensurepip, os, sys, sysconfig, venv; \
	sys.exit("--enable-optimizations" not in (sysconfig.get_config_var("CONFIG_ARGS") or "") \
	and os.path.dirname(sys.executable) != "/usr/bin")
PYTHON ?= $(shell first=; for p in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; first="$${first:-$$p}"; \
	"$$p" -c '$(QUICK)' 2>/dev/null && { echo "$$p"; exit; }; done; echo "$${first:-python3}")

# A second index, mirror or proxy that pip was told about is told to uv too.
INDEX = UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$(.tools/bin/pip config get global.index-url 2>/dev/null)}}"; \
	if [ -n "$$UV_DEFAULT_INDEX" ]; then export UV_DEFAULT_INDEX; else unset UV_DEFAULT_INDEX; fi; \
	export UV_PYTHON_DOWNLOADS=never

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: .venv/.ready ## install everything that is needed into .venv (the other commands do it by themselves)
	@echo "everything is installed; 'make' lists what to do with it"

.PHONY: demo
demo: .venv/.ready ## replay a year of real orders through all activities (ORDERS=n, KEEP=1, REPORT=file)
	@$(BIN)/fairground demo

.PHONY: up
up: .venv/.ready ## start servers and services and keep them running until Ctrl-C
	@$(BIN)/fairground up

.PHONY: test
test: .venv/.ready ## run all tests (ARGS='-k name' to choose)
	@$(BIN)/python -m pytest $(ARGS)

.PHONY: bench
bench: .venv/.ready ## measure throughput and latency
	@$(BIN)/python tests/bench/run.py $(ARGS)

.PHONY: lint
lint: .venv/.ready ## check style, formatting, types and declared dependencies
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@MYPYPATH=$(subst $(space),:,$(strip $(MEMBERS))) $(BIN)/mypy $(CHECKED)
	@for member in $(MEMBERS); do \
		said=$$(cd "$$member" && ../../$(BIN)/deptry --no-ansi . 2>&1) || { echo "$$member: $$said" >&2; exit 1; }; done
	@echo "declared dependencies: $(words $(MEMBERS)) members checked"

.PHONY: format
format: .venv/.ready ## put the code into its standard form
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: lock
lock: $(UV) ## pin what pyproject.toml files ask for in requirements.lock (UPGRADE=--upgrade for newest versions)
	@$(INDEX); $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --group test --group lint --group demo $(UPGRADE) \
		$(foreach member,$(MEMBERS),--no-emit-package fairground-$(notdir $(member))) \
		pyproject.toml $(MEMBER_FILES) --output-file requirements.lock
	@echo "requirements.lock: $$(grep -c '^[a-z0-9]' requirements.lock) packages"

.PHONY: clean
clean: ## remove what was installed and cached in this folder; data in .fairground stay
	@rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV):
	@"$(PYTHON)" -c 'pass' 2>/dev/null || { echo "Fairground needs Python 3.11 or newer, and '$(PYTHON)' \
	cannot be run: install it, or name another one with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Fairground needs Python 3.11 or newer, and \
	'$(PYTHON)' is $$("$(PYTHON)" -V 2>&1): name a newer one with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "'$(PYTHON)' comes without its venv module: \
	install it (on Debian and Ubuntu the package python3-venv)." >&2; exit 1; }
	@echo "fetching uv $(UV_VERSION), which installs the rest"
	@rm -rf .tools && "$(PYTHON)" -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --retries 2 "uv==$(UV_VERSION)" >.tools/pip.log 2>&1 \
		|| { echo "uv could not be downloaded; is the Python package registry reachable from here? (pip said:" \
		"$$(tail -n 1 .tools/pip.log))" >&2; exit 1; }

# The folders of members are as new as the last member that came or went: what is gone must not stay installed.
.venv/.ready: $(UV) requirements.lock pyproject.toml $(MEMBER_FILES) $(wildcard libs services)
	@echo "installing dependencies into .venv (the first time 280 MB are downloaded)"
	@$(INDEX); { $(UV) venv --quiet --allow-existing --python "$$(.tools/bin/python -c 'import sys; print(sys.executable)')" .venv \
		&& $(UV) pip sync --quiet --require-hashes requirements.lock \
		&& $(UV) pip install --quiet --no-deps $(foreach member,$(MEMBERS),--editable $(member)); } 2>.tools/setup.log \
		|| { echo "the dependencies could not be installed; is the Python package registry reachable from here?" \
		"(uv said: $$(tail -n 1 .tools/setup.log); all of it: .tools/setup.log)" >&2; exit 1; }
	@$(UV) pip check --quiet 2>.tools/check.log || { cat .tools/check.log >&2; \
		echo "requirements.lock lacks what a pyproject.toml asks for: run 'make lock'" >&2; exit 1; }
	@touch $@
