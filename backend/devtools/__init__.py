"""What a laptop and CI need and a deployment does not: embedded database, `make run`, checks."""
