# Everything a newcomer needs: make demo, make test. Python 3.8 to 3.11, pip and make are required.
PYTHON ?= $(shell for p in python3 python3.11 python3.10 python3.9 python3.8; do \
	$$p -c 'import sys, venv; sys.exit(not (3, 8) <= sys.version_info < (3, 12))' 2>/dev/null \
	&& echo $$p && break; done)
VENV ?= .venv
ENTRY ?=
BIN = $(VENV)/bin
# Modules are compiled when they are first imported: of most packages few ever are. Where the
# environment forbids to keep what was compiled, each of thousands of processes would compile again.
unexport PYTHONDONTWRITEBYTECODE
PIP_INSTALL = -m pip install --quiet --no-compile
PACKAGE = empiardownloader

.PHONY: install peers demo test test-pure test-scipion test-smoke test-wheel docs interop gui pictures cluster chain powercut soak bench durability outage scale lint clean

demo: $(VENV)/demo.installed
	$(BIN)/python -m $(PACKAGE) demo $(ENTRY)

# Six minutes, with the projects in SMOKE. All project tests run where a Python is named:
# make test PYTHON=python3.11.
test: test-pure $(if $(filter command line,$(origin PYTHON)),test-scipion,test-smoke)

# Coverage is of the rooms that know no Scipion; COVERAGE= (empty) goes without it.
COVERAGE ?= --cov --cov-report=term:skip-covered
UNIT_WORKERS ?= 3
test-pure: $(VENV)/test.installed
	$(BIN)/python -m pytest -n $(UNIT_WORKERS) --dist worksteal $(COVERAGE) --durations=10

# More workers than cores: each has projects and archives of its own, and mostly waits. A class may
# be spread over workers; runs are forked from a process that has loaded Scipion (REAL_STARTS=1: no).
PROJECT_WORKERS ?= 4
PROJECT_TESTS = $(BIN)/python -m pytest -n $(PROJECT_WORKERS) --dist worksteal --durations=25
test-scipion: $(VENV)/test.installed
	$(PROJECT_TESTS) $(PACKAGE)/tests/project

# What depends on Python in a run: its processes, the set's file, signals, the command line.
PROJECTS = $(PACKAGE)/tests/project
SMOKE = $(PROJECTS)/test_plugin.py $(PROJECTS)/test_runs.py $(PROJECTS)/test_stream.py \
	$(PROJECTS)/test_cli_run.py \
	$(PROJECTS)/test_interrupted.py::TestInterrupted::test_killed_in_the_middle_of_a_movie \
	$(PROJECTS)/test_interrupted.py::TestInterrupted::test_stopped_from_the_window_and_continued \
	$(PROJECTS)/test_consumers.py::TestConsumers::test_continue_opens_a_closed_set_again_and_adds_to_it
test-smoke: $(VENV)/test.installed
	$(PROJECT_TESTS) $(SMOKE)

# What a user gets: the wheel, in a plain environment, found by Scipion with every file it needs.
# What a packager gets: a source distribution from which the wheel was built; and PyPI's own checks.
# Built from a copy: to build writes beside the package, where other targets may be at work.
test-wheel: $(VENV)/docs.installed
	rm -rf $(VENV)/dist $(VENV)/plain $(VENV)/source
	mkdir $(VENV)/source
	tar --exclude='./.*' --exclude='*.egg-info' --exclude=./build --exclude=./gui-output \
		--exclude=./demo-data -cf - . .ci | tar -xf - -C $(VENV)/source
	$(BIN)/python -m build --outdir $(VENV)/dist $(VENV)/source >$(VENV)/build.log 2>&1 \
		|| { cat $(VENV)/build.log; exit 1; }
	$(BIN)/python -m twine check --strict $(VENV)/dist/*
	$(BIN)/python -m $(PACKAGE).tests.check_sdist $(VENV)/dist/*.tar.gz
	$(BIN)/python -m venv $(VENV)/plain
	$(VENV)/plain/bin/python $(PIP_INSTALL) $(VENV)/dist/*.whl
	cd $(VENV)/plain && SCIPION_HOME=$$PWD SCIPION_DOMAIN=pwem \
		bin/python -m $(PACKAGE).tests.check_installed

# The pages in docs/, as HTML in build/docs/; a warning is an error.
docs: $(VENV)/docs.installed
	$(BIN)/python -m sphinx -W --keep-going -q docs build/docs

# Endurance, side by side: the transfer over FTP and over HTTPS for half of SOAK_SECONDS each, the
# whole protocol for all of them; SOAK_SEED repeats a run.
SOAK_SECONDS ?= 1800
SOAK_SEED ?=
soak: $(VENV)/test.installed
	SOAK_SECONDS=$(SOAK_SECONDS) SOAK_SEED=$(SOAK_SEED) $(BIN)/python -m pytest -rP -n 3 \
		--timeout $$(($(SOAK_SECONDS) + 900)) $(PACKAGE)/tests/soak

# Everything that the tests use, by one pip; EXTRAS=test,docs without what only lint uses. What their
# processes import is imported once: many that compile the same modules at once take long.
EXTRAS ?= test,lint,docs
comma = ,
install: $(BIN)/python
	$(BIN)/python $(PIP_INSTALL) --editable ".[$(EXTRAS)]"
	$(BIN)/python -c "from $(PACKAGE).tests.forked.server import load; load('packages')"
	touch $(patsubst %,$(VENV)/%.installed,$(subst $(comma), ,$(EXTRAS)) demo)

# What is missing for one of the tests, they say themselves when they skip.
peers: $(BIN)/python
	sh .ci/peers.sh $(abspath $(VENV)) $(BIN)/python

# The downloader against the servers of Debian, as many of them as can be brought here, and a quick
# run of the benchmark with the peers.
interop: $(VENV)/test.installed
	sh benchmarks/install.sh $(abspath $(VENV))/servers
	INTEROP_SERVERS=$(abspath $(VENV))/servers \
		$(BIN)/python -m pytest -rs $(PACKAGE)/tests/interop

# Power cuts under a run on ext4, XFS and Btrfs, and the transfer on disks that fill up or fail; root
# and loop devices are needed. POWERCUT_CUTS=300 for more cuts, POWERCUT_SEED repeats their moments.
POWERCUT_CUTS ?= 60
POWERCUT_SEED ?=
powercut: $(VENV)/test.installed
	sh $(PACKAGE)/tests/powercut/install.sh
	POWERCUT_CUTS=$(POWERCUT_CUTS) POWERCUT_SEED=$(POWERCUT_SEED) \
		$(BIN)/python -m pytest -s -rs --timeout 7200 $(PACKAGE)/tests/powercut

# The protocol in Scipion's own window on a screen that nobody sees; pictures in gui-output/.
# GUI_STUTTER=1.2 as on a busy machine: all behind the windows stands still for up to 1.2 s.
# Each worker has a screen of its own, and whole files: windows of one process share pictures.
GUI_WORKERS ?= 2
gui: $(VENV)/test.installed
	sh $(PACKAGE)/tests/gui/install.sh $(BIN)/python
	$(BIN)/python -m pytest -rs -n $(GUI_WORKERS) --dist loadfile --durations=10 \
		$(PACKAGE)/tests/gui

# The protocol as a job of a real Slurm, on this machine and with a configuration of its own.
cluster: $(VENV)/test.installed
	$(PACKAGE)/tests/cluster/install.sh
	$(BIN)/python -m pytest -v -rs $(PACKAGE)/tests/cluster --durations=3

# Download and motion correction by RELION at once; CHAIN_TIMES=10 as often in a row. The tests
# mostly wait for movies that are sent slowly.
CHAIN_TIMES ?= 1
CHAIN_WORKERS ?= 2
chain: $(VENV)/test.installed
	$(PACKAGE)/tests/chain/install.sh $(abspath $(VENV))/chain $(BIN)/python
	for turn in $$(seq $(CHAIN_TIMES)); do \
		CHAIN_FOLDER=$(abspath $(VENV))/chain \
			$(BIN)/python -m pytest -rsP -n $(CHAIN_WORKERS) --dist worksteal --durations=10 \
			$(PACKAGE)/tests/chain || exit 1; \
	done

# The README's pictures, taken anew in the same window.
pictures: $(VENV)/test.installed
	sh $(PACKAGE)/tests/gui/install.sh $(BIN)/python
	$(BIN)/python $(PACKAGE)/tests/gui/pictures.py docs

# Side by side with lftp, aria2, curl and wget, in memory and as root on disks, for 35 minutes; BENCH=--quick for a smoke run.
BENCH_PYTHON ?= $(wildcard .venv-3.8/bin/python)
bench: $(VENV)/bench.installed
	sh benchmarks/install.sh $(abspath $(VENV)/servers)
	BENCH_SERVERS=$(abspath $(VENV)/servers) $(BIN)/python -m benchmarks $(BENCH) \
		$(if $(BENCH_PYTHON),--python $(BENCH_PYTHON))

# What it costs that files reach the disk before they are seen, on ext4 and XFS in loop devices; about
# half an hour, as root; DURABILITY="--movies 60 --tiny 2000" for less.
durability: $(VENV)/bench.installed
	sh $(PACKAGE)/tests/powercut/install.sh
	$(BIN)/python -m benchmarks.durability $(DURABILITY)

# Outages of 170 s and of 20 minutes, beside lftp, rclone and aria2, in real time: half an hour, and
# hardly any processor time. OUTAGE='--seconds 180' for another.
OUTAGE ?=
outage: $(VENV)/bench.installed
	sh benchmarks/install.sh $(abspath $(VENV)/servers)
	BENCH_SERVERS=$(abspath $(VENV)/servers) $(BIN)/python -m benchmarks.outage $(OUTAGE)

# What a run costs against its number of movies; about six minutes; SCALE=--quick for a smoke run.
scale: $(VENV)/test.installed
	$(BIN)/python -m benchmarks.scale $(SCALE)

lint: $(VENV)/lint.installed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy

clean:
	rm -rf $(VENV) demo-data gui-output build *.egg-info

$(BIN)/python:
	$(if $(PYTHON),,$(error No Python from 3.8 to 3.11 was found: install one, or make PYTHON=/path/to/python3.8))
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP_INSTALL) --upgrade pip

$(VENV)/%.installed: pyproject.toml $(BIN)/python
	$(BIN)/python $(PIP_INSTALL) --editable ".[$*]"
	touch $@
