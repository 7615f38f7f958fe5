# Two commands do everything on a fresh machine: `make demo` and `make test`.
.PHONY: help demo serve test on-sqlite on-postgresql trials bench lint compiled lock docs setup

# A process that may not keep what Python compiled compiles it anew, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

PYTHON = .venv/bin/python
# Each worker begins with its own part, so that what a module sets up is set up once; who is done takes from another.
# Three on two cores: one or another always waits for its browser, its database or the disk, and to begin costs each of
# them some twenty seconds.
PYTEST = $(PYTHON) -m pytest -q -n 3 --dist worksteal --timeout 600
# Arithmetic of one worker does not spread over the processors that the others use.
test on-sqlite on-postgresql trials: export OPENBLAS_NUM_THREADS = 1
# Random examples of each property. `make trials` tries them many more times.
TRIALS = 10
# What asks a database runs on both: SQLite first, then, of tests that would ask the same again one, a PostgreSQL of its
# own. Of the browser's ways through the site one runs again (docs/decisions/0019-what-the-tests-cost.md).
WITH_DATABASE = $(filter-out tests/engines tests/interop tests/web tests/docs tests/data tests/foreign tests/support tests/journeys tests/__pycache__ tests/conftest.py,$(wildcard tests/*)) \
	'tests/journeys/test_main_job.py::test_the_main_job[with scripts]'

help:
	@echo 'make demo      set everything up, play the story, serve the site (SERVE=0 ends after the story)'
	@echo 'make test      set everything up, run every test, those of the database on SQLite and on PostgreSQL, and the lints'
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

# The lints are one process of many seconds: beside it the tests begin.
test:
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=line lint on-sqlite
	@$(MAKE) --no-print-directory on-postgresql

on-sqlite: compiled
	SCHOOLGATE_TRIALS=$(TRIALS) $(PYTEST) --note-questions tests

on-postgresql:
	SCHOOLGATE_TRIALS=$(TRIALS) $(PYTHON) scripts/with_postgres.py $(PYTEST) --database-only --new-questions $(WITH_DATABASE)

trials:
	@scripts/setup.sh test
	SCHOOLGATE_TRIALS=1000 $(PYTEST) --timeout 3600 tests/engines/law
	SCHOOLGATE_TRIALS=100 $(PYTEST) --timeout 3600 --ignore tests/engines/law tests
	SCHOOLGATE_TRIALS=100 $(PYTHON) scripts/with_postgres.py $(PYTEST) --timeout 3600 --database-only $(WITH_DATABASE)

bench:
	@scripts/setup.sh bench
	@$(PYTHON) -m benchmarks

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

# What the workers would each compile, and at the same time.
compiled:
	$(PYTHON) scripts/compiled.py

docs: setup
	.venv/bin/schoolgate access-matrix > docs/access-matrix.md
	.venv/bin/schoolgate law case-format --out docs
	.venv/bin/schoolgate network starter-page --out docs/massachusetts-reach.md
	cd tests && ../.venv/bin/python -m faults.tampering > ../docs/log-tampering.md

lock:
	$(PYTHON) -m pip install --quiet uv
	cd requirements && for name in base dev bench; do ../.venv/bin/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header --no-annotate --upgrade $$name.in -o $$name.txt; done
