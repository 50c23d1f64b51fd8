"""Prepare a real NetBox of any supported release and run things in it.

On the command line ``python -m tests.lab --help``; from Python `tests.lab.lab.Lab`. Everything made is kept
in the git-ignored folder ``.lab`` (or NETBOX_LAB_HOME), which may be deleted at any time.
"""
