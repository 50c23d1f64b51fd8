"""The project's own release tool: one package per NetBox line, built from one tree. Not part of the package.

``python -m tools.release --help`` lists what it does; docs/development/releasing.md says when.
"""
