"""Real servers under load whose workers our command replaces: what changes, what stays, and what visitors notice.

``pytest tests/recycling`` from the repository root, with nothing but pytest; see ``conftest.py`` for what can be set.
The figures of all phases stand at the end of its output. Waits depend on the machine and on what else it does, so only
those of one run are compared.
"""
