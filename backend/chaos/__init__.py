"""The fault-injection run: a program of its own (`python -m chaos`) that nothing imports."""
