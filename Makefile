# Two commands do everything on a fresh Debian/Ubuntu machine: `make demo` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Compiled modules are kept, whatever the account's environment says: else each process compiles all of them again.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo
CASES ?= 300000
BENCH ?= /tmp/tongbao-bench
SIZES ?= 1 5
ROUNDS ?= 3
WORLDS ?= 400
CAMPAIGN ?= /tmp/tongbao-campaign
KILLS ?= 500
INPUTS ?= 10000
RUNS ?= 300

# What WeasyPrint needs, the fonts, and what the tests read PDFs back with.
# libharfbuzz-subset0 is not pulled in by pango; without it font subsetting is many times slower.
PACKAGES := python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk poppler-utils qpdf
PLATFORMS ?= linux-x86_64 linux-aarch64 windows-amd64
PYTHONS ?= 3.11,3.12,3.13
SERVERS := cron postgresql mariadb-server libreoffice-writer-nogui libreoffice-calc-nogui python3-uno
JAVA ?= openjdk-17-jre-headless
SPARK := pyspark==4.3.0
FANDOL := /usr/local/share/fonts/fandol
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help system setup demo bundle test test-whole test-golden test-services bench bench-doc bench-effect bench-engines bench-flags bench-render bench-white campaign campaign-doc lint clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

system: ## system libraries and fonts (apt; elsewhere it says what to install)
	@if ! command -v apt-get >/dev/null; then \
	  if command -v fc-list >/dev/null && fc-list | grep -qiE 'CJK SC|SimSun|FangSong|Fandol'; then \
	    echo 'No apt-get here: going on with the libraries and fonts already installed.'; \
	  else \
	    echo 'This machine has no apt-get. Please install by its own package manager:'; \
	    echo '  Python 3.11 or later with venv; Pango 1.44+, HarfBuzz with its subset library, fontconfig;'; \
	    echo '  Noto CJK fonts; the Fandol fonts (TeX Live: fandol); poppler-utils and qpdf for the tests.'; \
	    echo 'Then run make again.'; exit 1; \
	  fi; \
	else \
	  missing=$$(for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	  if [ -n "$$missing" ]; then \
	    echo "Installing:" $$missing; \
	    $(AS_ROOT) apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive $(AS_ROOT) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  fi; \
	  if ! ls $(FANDOL)/FandolFang-Regular.otf >/dev/null 2>&1; then \
	    echo "Installing the Fandol fonts in $(FANDOL)"; \
	    work=$$(mktemp -d) && chmod 755 $$work && cd $$work && \
	    { [ -n "$$missing" ] || $(AS_ROOT) apt-get update -qq; } && \
	    { $(AS_ROOT) apt-get download -qq texlive-lang-chinese || apt-get download -qq texlive-lang-chinese; } && \
	    dpkg-deb --fsys-tarfile texlive-lang-chinese_*.deb | tar x --wildcards '*/fandol/*.otf' && \
	    $(AS_ROOT) mkdir -p $(FANDOL) && \
	    $(AS_ROOT) cp $$(find . -name 'Fandol*-Regular.otf' -o -name 'FandolSong-Bold.otf' | grep -v Braille) $(FANDOL)/ && \
	    $(AS_ROOT) fc-cache -f && rm -rf $$work; \
	  fi; \
	fi

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or later is needed (make PYTHON=python3.12 ...).'; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: system ## everything that the other commands need
	@$(MAKE) --no-print-directory $(VENV)/.ready

demo: setup ## make a synthetic province, a city and a court, carry out their work, write an index of what came of it
	@$(BIN)/tongbao demo $(DEMO) --cases $(CASES) --force --run

test-services: setup ## programs for real: cron, PostgreSQL, MariaDB, Spark, LibreOffice, a bare Debian without network (installed by apt if missing, never started as services)
	@missing=$$(for p in $(SERVERS); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	java -version 2>&1 | grep -qE 'version "(1[7-9]|2[0-9])' || missing="$$missing $(JAVA)"; \
	if [ -n "$$missing" ]; then \
	  command -v apt-get >/dev/null || { echo "Please install:" $$missing; exit 1; }; \
	  echo "Installing:" $$missing; \
	  guard=/usr/sbin/policy-rc.d; made=; \
	  if [ ! -e $$guard ]; then printf '#!/bin/sh\nexit 101\n' | $(AS_ROOT) tee $$guard >/dev/null && $(AS_ROOT) chmod 755 $$guard && made=1; fi; \
	  $(AS_ROOT) apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $(AS_ROOT) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; done=$$?; \
	  [ -z "$$made" ] || $(AS_ROOT) rm -f $$guard; \
	  [ $$done = 0 ] || exit $$done; \
	fi
	@$(BIN)/python -c 'import psycopg, pymysql, cryptography' 2>/dev/null || \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -c 'import pyspark' 2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check '$(SPARK)'
	@echo 'Each server is started for its tests and stopped after them: some minutes.'
	@$(BIN)/python -m pytest -m services -n auto --dist loadfile --no-loadscope-reorder  # a server is started once for a file

bundle: setup ## one archive a platform that installs without a network, in dist/: make bundle PLATFORMS=linux-x86_64 PYTHONS=3.11 (network; some minutes each)
	@for platform in $(PLATFORMS); do $(BIN)/python bundle/make.py $$platform --pythons $(PYTHONS) --to dist || exit 1; done

# What the tests of a file share is made once.
SPREAD := -n auto --dist loadfile --no-loadscope-reorder

test: setup ## the suite that needs no further server: about five minutes on two cores
	@echo 'About 3,020 tests, on every core of this machine: about five minutes on two.'
	@echo 'Each dot is a test that passed. Left to tiers of their own: make test-whole, test-golden, test-services.'
	@$(BIN)/python -m pytest $(SPREAD)

test-whole: setup ## the product from end to end: every kind and page, every edition, killed runs, spoilt inputs, stories of several quarters (eight minutes)
	@echo 'About 970 tests that run the product from end to end: about eight minutes on two cores.'
	@$(BIN)/python -m pytest -m whole $(SPREAD)

test-golden: setup ## the circular of the demo province, word for word (half a minute)
	@echo 'The circular of the demo province against the one kept in tests/gold: half a minute.'
	@$(BIN)/python -m pytest -m golden

$(BENCH)/peers/.ready: tests/bench/peers.txt
	@mkdir -p $(BENCH) && $(PYTHON) -m venv $(BENCH)/peers && $(BENCH)/peers/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@

bench: setup $(BENCH)/peers/.ready ## the tally beside pandas, Polars and a bare scan: make bench SIZES="1 5 20" ROUNDS=3 (millions of cases)
	@PYTHONPATH=. $(BIN)/python tests/bench/tally.py $(BENCH) --peers $(BENCH)/peers/bin/python --sizes $(SIZES) --rounds $(ROUNDS)

bench-engines: setup ## the tally on PostgreSQL and Spark beside the embedded engine, at 5 million cases (what make test-services installs; ten minutes)
	@PYTHONPATH=. $(BIN)/python tests/bench/engines.py $(BENCH) --millions $(firstword $(filter-out 1,$(SIZES)))

bench-white: setup ## the white of every kind's pages in three small demos, as the table in docs/layout.md (ten minutes on two cores)
	@$(BIN)/python tests/bench/white.py $(BENCH)/white

bench-doc: ## write docs/performance.md from what the last make bench measured
	@PYTHONPATH=. $(BIN)/python tests/bench/document.py $(BENCH) docs/performance.md

bench-render: setup ## seconds and memory of a bulletin, beside typst (installed by pip) and headless Chromium (if there)
	@$(BIN)/python -c 'import typst' 2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check 'typst>=0.15'
	@$(BIN)/python tests/bench/render.py

lint: setup ## style, types, import contract
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

campaign: setup ## 500 runs and deliveries killed, 10,000 spoilt inputs, 300 of them through a run; goes on where it was stopped (an hour): make campaign KILLS=50 INPUTS=1000 RUNS=30
	@$(BIN)/python tests/campaign.py $(CAMPAIGN) --kills $(KILLS) --inputs $(INPUTS) --runs $(RUNS)

campaign-doc: setup ## write docs/reliability.md from what the campaign came to
	@$(BIN)/python tests/campaign.py $(CAMPAIGN) --kills $(KILLS) --inputs $(INPUTS) --runs $(RUNS) --document docs/reliability.md

bench-flags: setup ## the flag policy on simulated court systems and on the demo's planted anomalies and what the ledger says of them afterwards (forty minutes on two cores; WORLDS=40: four minutes)
	@echo "Commit $$(git rev-parse --short HEAD 2>/dev/null || echo unknown), $(WORLDS) worlds"
	@PYTHONPATH=. OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -u tests/bench/flags.py --worlds $(WORLDS)
	@PYTHONPATH=. OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -u tests/bench/flags_effect.py --worlds $(WORLDS)
	@PYTHONPATH=. OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -u tests/bench/flags_scale.py

bench-effect: setup ## steps of known size, and none, in simulated courts: what is said of them (an hour on one core; WORLDS=10: six minutes)
	@echo "Commit $$(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
	@PYTHONPATH=. OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -u tests/bench/effect.py --worlds $(if $(filter-out 400,$(WORLDS)),$(WORLDS),100)

clean: ## remove what the commands made
	rm -rf $(VENV) $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
