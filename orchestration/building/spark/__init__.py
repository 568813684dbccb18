"""Spark in the place of DuckDB for dbt's models; see README.md beside this file."""
