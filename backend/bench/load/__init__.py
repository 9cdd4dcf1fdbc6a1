"""The load generator: a separate process that sends a limited number of requests over loopback."""
