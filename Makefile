# The kit's commands. `make help` lists them; each makes the environment first if it is not there.

VENV ?= .venv
PYTHON ?=
BIN := $(VENV)/bin
READY := $(VENV)/.installed
SIDE_BY_SIDE := -n logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench bench-quick grading-report lab .venv

help: ## show this list
	@awk -F ':.*## ' '/^[-.a-z]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## run the seminar, build the homework, mark six submissions, show the table (a few minutes)
	@$(BIN)/python -m grader.cli demo

test: $(READY) ## run every test; skipped ones are listed with the reason
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

lint: $(READY) ## what ruff says of style and format
	@$(BIN)/python -m ruff check . && $(BIN)/python -m ruff format --check -q .

bench: $(READY) ## measure every speed that is promised, beside its peer; --readme in ARGS writes the README (20 minutes)
	@$(BIN)/python -m benchmarks $(ARGS)

bench-quick: $(READY) ## the same with less of everything, in a minute
	@$(BIN)/python -m benchmarks --quick $(ARGS)

grading-report: $(READY) ## measure what is claimed of the grader: false alarms, mistakes, hostile notebooks, speed (an hour)
	@$(BIN)/python -m benchmarks.grading_report $(ARGS)

# Started in the course folder, where nbgrader looks for its settings.
lab: $(READY) ## open the seminar in JupyterLab; Nbgrader > Formgrader there marks the homework
	@cd assignments && JUPYTER_CONFIG_PATH="$(CURDIR)/tools/jupyter$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}" \
	  $(abspath $(BIN))/python -m jupyterlab --ServerApp.root_dir=.. ../notebooks/seminar_04_text_generation.ipynb $(ARGS)

.venv: $(READY) ## only make the environment (VENV=folder for another place, PYTHON=python3.12 for another Python)

# Installed anew only if the requirements have changed since. An environment that does not start is made anew.
$(READY): pyproject.toml constraints.txt
	@$(BIN)/python -c 'import pip' 2>/dev/null || { \
	  python="$$(sh tools/find_python.sh $(PYTHON))" && \
	  echo "Making $(VENV) with $$($$python --version); this is done once." && \
	  $$python -m venv --clear $(VENV); }
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@sh tools/install_bubblewrap.sh
	@touch $@
