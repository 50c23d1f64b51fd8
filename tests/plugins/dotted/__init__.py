"""A package that holds a plugin, so that its PLUGINS entry is dotted."""
