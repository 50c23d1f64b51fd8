"""Run NetBox's own tests, and those of real plugins, with and without us in PLUGINS: ``python -m tools.suites``."""
