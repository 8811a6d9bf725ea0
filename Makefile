# The one list of commands. CI runs `check` after the README's test command.
PYTHON ?= .venv/bin/python

help:
	@echo "make check | lint | types | data | catalog | docs | test | install-check | dist"

check: lint types data install-check
	$(PYTHON) -m tools.generate_shortcut --check
	$(PYTHON) -m tools.generate_docs --check

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(dir $(PYTHON))lint-imports

types:
	$(PYTHON) -m mypy

data:
	$(PYTHON) -m llm_pick catalog validate data
	$(PYTHON) -m tools.compile_catalog --check
	$(PYTHON) -m tools.generate_schemas --check

catalog:
	$(PYTHON) -m tools.compile_catalog
	$(PYTHON) -m tools.generate_schemas

docs: catalog
	$(PYTHON) -m tools.generate_shortcut
	$(PYTHON) -m tools.generate_docs

test:
	$(PYTHON) -m pytest -n 2

install-check:
	$(PYTHON) -m tools.check_install

dist:
	$(PYTHON) -m tools.check_install --all --dist dist

.PHONY: install-check dist help check lint types data catalog docs test
