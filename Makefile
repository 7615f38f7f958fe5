# Two commands do everything on a fresh machine: `make demo` and `make test`.
.PHONY: help demo serve test trials bench lint compiled lock docs setup

# A process that may not keep what Python compiled compiles it anew, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

PYTHON = .venv/bin/python
# Each worker begins with its own half, so that what a module sets up is set up once; who is done takes from the other.
PYTEST = $(PYTHON) -m pytest -q -n 2 --dist worksteal --timeout 300
# What needs a database runs on both: SQLite first, then a PostgreSQL of its own.
WITH_DATABASE = $(filter-out tests/engines tests/interop tests/web tests/docs tests/data tests/support tests/__pycache__ tests/conftest.py,$(wildcard tests/*))

help:
	@echo 'make demo      set everything up, play the story, serve the site (SERVE=0 ends after the story)'
	@echo 'make test      set everything up, run every test on SQLite and PostgreSQL, and the lints'
	@echo 'make trials    the same property tests, many more times (the law: 100,000 cases; about 40 minutes)'
	@echo 'make bench     measure beside what a user would pick instead'
	@echo 'make lint      ruff, mypy, import-linter'
	@echo 'make docs      make the generated pages of docs/ anew'
	@echo 'make lock      make the hashed requirement files anew'

setup:
	@scripts/setup.sh run

demo: setup
	@.venv/bin/schoolgate demo $(if $(filter 0,$(SERVE)),--no-serve,)

serve: setup
	@.venv/bin/schoolgate serve

test:
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint compiled
	$(PYTEST) tests
	$(PYTHON) scripts/with_postgres.py $(PYTEST) $(WITH_DATABASE)

trials:
	@scripts/setup.sh test
	SCHOOLGATE_TRIALS=1000 $(PYTEST) --timeout 3600 tests/engines/law
	SCHOOLGATE_TRIALS=100 $(PYTEST) --timeout 3600 --ignore tests/engines/law tests

bench:
	@scripts/setup.sh bench
	@$(PYTHON) -m benchmarks

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

# What two workers would each compile, and at the same time.
compiled:
	$(PYTHON) scripts/compile_reach.py

docs: setup
	.venv/bin/schoolgate access-matrix > docs/access-matrix.md
	.venv/bin/schoolgate law case-format --out docs
	.venv/bin/schoolgate network starter-page --out docs/massachusetts-reach.md

lock:
	$(PYTHON) -m pip install --quiet uv
	cd requirements && for name in base dev bench; do ../.venv/bin/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header --no-annotate --upgrade $$name.in -o $$name.txt; done
