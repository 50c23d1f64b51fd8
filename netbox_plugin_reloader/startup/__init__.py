"""When passes run: after the last plugin's ``ready()``, in a web process before its first request, when people ask."""
