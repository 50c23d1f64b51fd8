# Three commands for people, and the same for CI. Everything else is a tox environment: see `.venv/bin/tox list`.
PYTHON ?= python3
TOX := .venv/bin/tox

.PHONY: demo test test-all

demo: $(TOX)
	$(TOX) run -e demo -- $(ARGS)

# Ten minutes.
test: $(TOX)
	$(TOX) run-parallel --parallel auto --parallel-live -m main $(ARGS)

# The whole matrix. What `test` did is not done again, and a failure of it ends this.
test-all: test
	$(TOX) run-parallel --parallel auto --parallel-live --skip-env '^(lint|types|unit-py312|netbox(42|47)-main)$$' $(ARGS)

$(TOX):
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check 'tox>=4.50' 'tox-uv>=1.28'
