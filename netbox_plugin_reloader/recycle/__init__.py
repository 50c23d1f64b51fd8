"""New worker processes for new code: one at a time, each warm before an old one goes."""
