"""The steps of a night as Dagster assets: load, build in stages, export, publish."""
