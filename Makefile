# Everything a newcomer needs: make demo, make test. Python 3.8 to 3.11, pip and make are required.
PYTHON ?= $(shell for p in python3 python3.11 python3.10 python3.9 python3.8; do \
	$$p -c 'import sys, venv; sys.exit(not (3, 8) <= sys.version_info < (3, 12))' 2>/dev/null \
	&& echo $$p && break; done)
VENV ?= .venv
ENTRY ?=
BIN = $(VENV)/bin
PACKAGE = empiardownloader

.PHONY: demo test test-pure test-scipion test-wheel interop soak bench lint clean

demo: $(VENV)/demo.installed
	$(BIN)/python -m $(PACKAGE) demo $(ENTRY)

test: test-pure test-scipion

# Coverage is of the three rooms that know no Scipion.
test-pure: $(VENV)/test.installed
	$(BIN)/python -m coverage run -m pytest
	$(BIN)/python -m coverage report --skip-covered

test-scipion: $(VENV)/test.installed
	$(BIN)/python -m pytest -v $(PACKAGE)/tests --ignore $(PACKAGE)/tests/pure \
		--ignore $(PACKAGE)/tests/interop --durations=5

# What a user gets: the wheel, in a plain environment, found by Scipion with every file it needs.
test-wheel: $(BIN)/python
	rm -rf $(VENV)/wheel $(VENV)/plain
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir $(VENV)/wheel .
	$(BIN)/python -m venv $(VENV)/plain
	$(VENV)/plain/bin/python -m pip install --quiet $(VENV)/wheel/*.whl
	cd $(VENV)/plain && SCIPION_HOME=$$PWD SCIPION_DOMAIN=pwem \
		bin/python -m $(PACKAGE).tests.check_installed

# The soak test of the transfer for longer than in CI.
SOAK_SECONDS ?= 1800
soak: $(VENV)/test.installed
	SOAK_SECONDS=$(SOAK_SECONDS) $(BIN)/python -m pytest -s $(PACKAGE)/tests/pure/test_soak.py

# The downloader against the servers of Debian, as many of them as can be brought here.
interop: $(VENV)/test.installed
	$(PACKAGE)/tests/interop/install.sh $(abspath $(VENV))/servers
	INTEROP_SERVERS=$(abspath $(VENV))/servers \
		$(BIN)/python -m pytest -rs $(PACKAGE)/tests/interop

# Side by side with lftp, aria2, curl and wget; BENCH=--quick for a smoke run.
bench: $(VENV)/bench.installed
	sh benchmarks/install.sh $(abspath $(VENV)/servers)
	BENCH_SERVERS=$(abspath $(VENV)/servers) $(BIN)/python -m benchmarks $(BENCH)

lint: $(VENV)/lint.installed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy

clean:
	rm -rf $(VENV) demo-data build *.egg-info

$(BIN)/python:
	$(if $(PYTHON),,$(error No Python from 3.8 to 3.11 was found: install one, or make PYTHON=/path/to/python3.8))
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/%.installed: pyproject.toml $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[$*]"
	touch $@
