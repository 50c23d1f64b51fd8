"""A companion app: a plain Django app that netbox_animal_sounds brings along in its ``django_apps``."""
