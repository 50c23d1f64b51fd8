# Two commands for people, and the same for CI. Everything else is a tox environment: see `.venv/bin/tox list`.
PYTHON ?= python3
TOX := .venv/bin/tox

.PHONY: demo test

demo: $(TOX)
	$(TOX) run -e demo -- $(ARGS)

test: $(TOX)
	$(TOX) run-parallel --parallel auto --parallel-live $(ARGS)

$(TOX):
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check 'tox>=4.30' 'tox-uv>=1.28'
