"""When Dagster runs what: schedules, partitions, its own storage."""
