"""The REST API below ``/api/plugins/plugin-reloader/``."""
