# make demo   a searchable PDF of a real receipt, from nothing
# make test   everything that must hold before a change lands
# make check  the fast part of it: style, types, layers
# make docs   the documentation, in docs/_build/html

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PDFJS := tests/conformance/pdfjs
SYSTEM := scripts/install_system_packages.sh
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test check docs clean

demo:
	@$(SYSTEM)
	@$(MAKE) --no-print-directory $(VENV)/.library
	@mkdir -p demo
	@$(BIN)/ocrkit pdf examples/receipt.jpg demo/receipt.pdf
	@echo "The searchable PDF is $(CURDIR)/demo/receipt.pdf. Its text:"
	@echo
	@$(BIN)/ocrkit read examples/receipt.jpg

test:
	@$(SYSTEM) tesseract=tesseract-ocr pdftotext=poppler-utils qpdf=qpdf chromium=chromium
	@$(MAKE) --no-print-directory check docs $(PDFJS)/node_modules
	$(BIN)/python -m coverage run -m pytest -n auto --maxprocesses 4 --dist loadfile
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage report
	$(BIN)/python -m pytest examples/ocrkit-rapidocr

check: $(VENV)/.developer
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

docs: $(VENV)/.developer
	$(BIN)/python -m sphinx -q -W --keep-going -n -b html docs docs/_build/html

clean:
	rm -rf $(VENV) $(PDFJS)/node_modules docs/_build demo build dist .coverage
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.library: pyproject.toml | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.developer: pyproject.toml examples/ocrkit-rapidocr/pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[dev]' --editable examples/ocrkit-rapidocr
	@touch $@ $(VENV)/.library

$(PDFJS)/node_modules: $(PDFJS)/package.json | $(VENV)/.developer
	cd $(PDFJS) && PATH="$(CURDIR)/$(BIN):$$PATH" npm install --no-save --no-package-lock --omit=optional \
	  --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
