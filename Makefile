# Two commands for a newcomer: `make demo` and `make test`. On Windows the README's lines do it.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt
# After pip: each package is pinned, and its file the one in constraints.hashes. A Python that has
# none of it looks; what is wrong does not stay, or the next `make` would take it as installed.
CHECKED = $(PYTHON) -m tools.lock --check .venv/report.json || { rm -rf .venv; exit 1; }
TEST_MODELS := smollm2-135m-instruct qwen2.5-coder-0.5b-instruct

.PHONY: demo test test-editors bench bench-full docs check lint fmt wheel packages clean

demo: .venv/.installed
	$(BIN)/pippy-lsp models pull auto
	$(BIN)/pippy-lsp demo

test: lint
	@for model in $(TEST_MODELS); do $(BIN)/pippy-lsp models pull $$model || exit 1; done
	$(BIN)/python -m pytest

# Real editors, started headless; tests/editors/packages.sh gets them on Debian. What is not there is
# skipped. A graphical test that fails is tried once more.
test-editors: .venv/.dev
	$(PIP) --report .venv/report.json -e '.[editors]'
	$(CHECKED)
	$(BIN)/pippy-lsp models pull qwen2.5-coder-0.5b-instruct
	$(BIN)/python -m pytest -m editors tests/editors || \
		$(BIN)/python -m pytest -m editors --last-failed --last-failed-no-failures none tests/editors

# docs/scoreboard.md: all benchmarks in under 20 minutes on 2 cores, and in hours. The data is named
# by PIPPY_BENCH_DATA or by BENCH="--data FOLDER"; a run that was broken off goes on where it stopped.
bench bench-full: .venv/.dev
	$(PIP) -e '.[bench]'
	@for model in $(TEST_MODELS); do $(BIN)/pippy-lsp models pull $$model || exit 1; done
	$(BIN)/python -m benchmarks.all $(if $(filter %-full,$@),--full) $(BENCH)

# What the documentation says is what the program says.
docs: .venv/.dev
	$(BIN)/python -m tools.docs
	$(BIN)/python -m mkdocs build --strict

# What runs in a few seconds and needs no model: for the time between two thoughts.
check: lint
	$(BIN)/python -m pytest tests/unit

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: .venv/.dev
	$(BIN)/python -m build --no-isolation --wheel

# All packages into dist/: the server's, Thonny's plug-in, VS Code's extension (needs npm, or
# PACKAGES=--without-vscode).
packages: .venv/.dev
	$(BIN)/python -m tools.packages $(PACKAGES)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "pippy-lsp needs Python 3.10 or newer: make PYTHON=/path/to/python3 ..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python pyproject.toml constraints.txt constraints.hashes
	@echo "Installing. The first time llama-cpp-python is compiled for this CPU: 5 minutes or so."
	$(PIP) --report .venv/report.json -e .
	$(CHECKED)
	@touch $@

.venv/.dev: .venv/.installed
	$(PIP) --report .venv/report.json -e '.[dev]'
	$(CHECKED)
	@touch $@

clean:
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
