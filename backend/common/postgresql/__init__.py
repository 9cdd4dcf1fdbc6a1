"""Django's PostgreSQL backend, whose pool hands out no connection that has ended meanwhile."""
