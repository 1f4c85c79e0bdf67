# make app    set everything up and open the app on the demo log
# make test   set everything up and run every check and test
# make check  the static part: contracts, lint, types, dead code
# make bench  speed and accuracy against peers (minutes to hours); BENCH=name runs one; make bench-effects: all of the effects
.PHONY: app test check bench bench-effects clean
.DEFAULT_GOAL := app

# The first Python that runs, is new enough and can make virtual environments; or the one you name.
SUITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	if $$each -c '$(SUITS)' >/dev/null 2>&1; then echo $$each; break; fi; done)
VENV := .venv
RUN := $(VENV)/bin/python

app: $(VENV)/app.done
	@$(RUN) -m streamlit run app.py $(if $(PORT),--server.port $(PORT))

test: check
	@$(RUN) -m pytest -n 2 --dist loadfile

check: $(VENV)/tests.done
	@$(VENV)/bin/lint-imports --no-cache
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/vulture

bench: $(VENV)/tests.done
	@$(RUN) -m tests.benchmarks $(BENCH)

bench-effects: $(VENV)/tests.done
	@$(RUN) -m tests.benchmarks effects

clean:
	rm -rf $(VENV)

$(VENV)/pip.done:
	@$(if $(PYTHON),$(PYTHON) -c '$(SUITS)' >/dev/null 2>&1,false) || { echo "Whypath needs Python 3.11, 3.12 or 3.13 with its venv module, and $(or $(PYTHON),no python3 on the path) is not that. Install one (Debian, Ubuntu: apt-get install python3-venv) or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/app.done: requirements.txt | $(VENV)/pip.done
	@echo "Installing what the app needs (a few minutes, once) ..."
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r requirements.txt || { echo "The packages of requirements.txt could not be installed; the lines above say why." >&2; exit 1; }
	@touch $@

$(VENV)/tests.done: tests/requirements.txt requirements.txt | $(VENV)/app.done
	@echo "Installing what the tests need ..."
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt || { echo "The packages of tests/requirements.txt could not be installed; the lines above say why." >&2; exit 1; }
	@touch $@
