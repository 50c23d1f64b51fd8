"""Try a plugin on the NetBox releases that it supports, alone and beside others: ``python -m tools.plugin_matrix``."""
