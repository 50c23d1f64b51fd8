"""Run the contract suite on a NetBox that tests.lab prepares: ``python -m tests.netbox --netbox 4.5.10``.

Takes the options of ``python -m tests.lab pytest``, and after ``--`` those of pytest. Where NetBox cannot be cloned,
it says so; that is a failure only where the variable CI is set.
"""

from __future__ import annotations

import sys

from tests.lab.__main__ import main

# The culprit first, and ourselves in the middle: neither may matter.
PLUGINS = (
    "early_forms",
    "late_models",
    "netbox_plugin_reloader",
    "own_django_apps",
    "plain_models",
    "forgotten_ready",
    "doubled_views",
    "raising_models",
    "dotted.inner_plugin",
)

options = sys.argv[1:]
end = options.index("--") if "--" in options else len(options)
sys.exit(
    main(
        [
            "pytest",
            "--skip-without-netbox",
            "--plugins",
            ",".join(PLUGINS),
            *options[:end],
            "--",
            "tests/netbox",
            *options[end + 1 :],
        ]
    )
)
