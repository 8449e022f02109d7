"""The service's memory: one SQLite file, or a PostgreSQL server."""
