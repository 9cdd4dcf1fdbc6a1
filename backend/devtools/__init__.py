"""Tools for a laptop and for CI, not deployed: embedded database, `make run`, all checks."""
