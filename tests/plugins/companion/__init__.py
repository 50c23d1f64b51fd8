"""A plain Django app with a NetBox model, which a plugin brings along (own_django_apps)."""
