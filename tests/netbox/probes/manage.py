"""Run ``manage.py`` with the arguments, in a process that NetBox was not set up in."""

from __future__ import annotations

import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    execute_from_command_line(["manage.py", *sys.argv[1:]])
