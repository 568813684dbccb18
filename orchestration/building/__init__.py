"""dbt and the engine behind it: one parsed project, built stage by stage."""
