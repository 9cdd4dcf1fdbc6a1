"""The product as several machines would run it, on loopback: `make cluster`, chaos on it, a drill.

Three PostgreSQL under Patroni and etcd, HAProxy, PgBouncer, Redis with a replica, two API
processes, two workers. What the programs read stands in deploy/cluster.
"""
