"""The product as several machines would run it, on loopback: `make cluster`, chaos on it, a drill.

Three PostgreSQL under Patroni and etcd, HAProxy, PgBouncer, Redis with a replica, two API
processes, two workers. Their configuration files are in deploy/cluster.
"""
