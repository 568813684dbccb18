"""When and in which order: loads, the night's lock, and what dbt and Dagster read."""
