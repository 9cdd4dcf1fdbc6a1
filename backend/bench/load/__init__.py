"""The load generator: a process of its own, raw connections on loopback, bounded in all it does."""
