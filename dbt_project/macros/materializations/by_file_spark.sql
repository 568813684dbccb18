{# On Spark, which reads the whole raw zone with many machines, the files that the night
   may know are processed every night: a table like any other. #}
{% materialization by_file, adapter = "spark" %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}
