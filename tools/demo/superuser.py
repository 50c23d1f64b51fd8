"""Make the superuser of the demonstration, or give it a new password: ``superuser.py NAME PASSWORD``."""

from __future__ import annotations

import sys
from typing import Any

from django.contrib.auth import get_user_model

name, password = sys.argv[1:]
users: Any = get_user_model().objects
user = users.filter(username=name).first() or users.create_superuser(name, "admin@example.com")
user.set_password(password)
user.save()
