"""The reload pass, and a module for each thing that may be wrong with a plugin."""
