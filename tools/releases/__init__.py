"""Run the brief part of the contract suite on every supported NetBox release: ``python -m tools.releases``."""
