"""NetBox's own tests, and those of real plugins, with and without us in PLUGINS: see netbox_tests.py."""
