# idtui: `make desk` opens the desk in training mode, `make test` runs every check. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip install --quiet --disable-pip-version-check
WORDS := $(wildcard idtui/words/locale/*/LC_MESSAGES/*.po)
COMPILED := $(WORDS:.po=.mo)

.PHONY: help setup desk test check coverage mutation bench torture lock words docs clean

help:
	@echo "make desk     open the desk in training mode (no card reader needed)"
	@echo "make test     every check: style, types, rooms, tests with real parts where present"
	@echo "make check    only style, types and rooms"
	@echo "make bench    measure, as ratios against named peers (docs/performance.md)"
	@echo "make coverage branch coverage of store, seal and domain by their own tests: 100 %"
	@echo "make mutation change the code of domain and store in small ways: the tests must notice"
	@echo "make torture  the long fault runs"
	@echo "make lock     write the lock files anew; make words compiles the catalogues"

# The environment to run the desk; system packages come through apt when allowed, else they are named.
$(VENV)/.desk: pyproject.toml requirements-build.txt requirements.txt packaging/compile_words.py
	@packaging/system-packages.sh build
	@packaging/system-packages.sh desk
	@echo "Setting up $(VENV), this takes a minute the first time" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r requirements-build.txt
	@$(INSTALL) --require-hashes --no-build-isolation -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# The same plus everything the checks need.
$(VENV)/.test: $(VENV)/.desk requirements-dev.txt packaging/fhir-router.sh packaging/openid-provider.sh
	@packaging/system-packages.sh test
	@$(INSTALL) --require-hashes --no-build-isolation -r requirements-dev.txt
	@packaging/fhir-router.sh $(VENV)/fhir-router $(BIN)/python
	@packaging/openid-provider.sh $(VENV)/openid-provider $(BIN)/python
	@touch $@

%.mo: %.po $(VENV)/.desk
	@$(BIN)/python packaging/compile_words.py
	@touch $@

words: $(COMPILED)

setup: $(VENV)/.desk words

desk: setup
	@if [ -t 0 ] && [ -t 1 ]; then exec $(BIN)/idtui desk --training; else exec $(BIN)/idtui demo; fi

check: $(VENV)/.test words
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/idtui keys --check docs/keys.md
	$(BIN)/idtui rules --check docs/rules.md

test: check
	$(BIN)/pytest -n 2 --dist loadgroup

bench: $(VENV)/.test words
	$(BIN)/python benchmarks/run.py

torture: $(VENV)/.test words
	$(BIN)/python torture/run.py

# Every branch of what must not fail, by the tests of its own rooms.
coverage: $(VENV)/.test words
	$(BIN)/python -m coverage run -m pytest -q --hypothesis-profile=ci tests/store tests/seal tests/domain --deselect tests/store/test_store_power.py
	$(BIN)/python -m coverage report --skip-covered --fail-under=100 --include="idtui/store/*,idtui/seal/*,idtui/domain/*"

# In a copy of its own under mutants/; resumed where it stopped.
mutation: $(VENV)/.test words
	nice $(BIN)/mutmut run --max-children 1
	$(BIN)/mutmut results

# Pins and hashes only: no option here may write an index address into a file.
lock: $(VENV)/.test
	$(INSTALL) uv
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --upgrade --custom-compile-command "make lock" requirements-build.in -o requirements-build.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --upgrade --all-extras --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --all-extras --group test -c requirements.txt -c requirements-build.txt --custom-compile-command "make lock" pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV) $(COMPILED) mutants .coverage
