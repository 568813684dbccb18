{# On Spark the table lies in partitions by the day of the export, and a day is worked out
   again when the files that the night may know of it are not those that the table was made
   of. The day's files are forgotten before its rows change and written down after, so a
   night that dies between the two works the day out once more. #}
{% materialization by_file, adapter = "spark" %}
    {%- set table = this.incorporate(type="table") -%}
    {%- set files = api.Relation.create(
        schema=this.schema,
        identifier=this.identifier ~ "__files",
        type="table",
    ) -%}
    {%- set rules = rules_of_tonight() -%}
    {{ run_hooks(pre_hooks) }}
    {%- if is_made_by(rules, table, files) and not flags.FULL_REFRESH -%}
        {%- set days = run_query(days_to_process(files)).columns[0].values() | list -%}
        {%- set in_days = in_days_of_export(days) -%}
        {%- if days -%} {%- do forget_days([files, table], days) -%} {%- endif -%}
        {%- set rows = "insert into " ~ table ~ " by name " ~ rows_by_day(sql) -%}
        {%- call statement("main") -%}
            {{ rows ~ " where " ~ in_days if days else "select 1" }}
        {%- endcall -%}
        {%- if days -%} {%- do note_files(files, rules, in_days) -%} {%- endif -%}
    {%- else -%}
        {%- do run_query("drop table if exists " ~ table) -%}
        {%- do run_query("drop table if exists " ~ files) -%}
        {%- call statement("main") -%}
            create table {{ table }}
            using parquet
            partitioned by (export_date)
            as
            {{ rows_by_day(sql) }}
        {%- endcall -%}
        {%- do run_query(
            "create table "
            ~ files
            ~ " (file_id string, rules string, export_date date)"
            ~ " using parquet partitioned by (export_date)"
        ) -%}
        {%- do note_files(files, rules, "true") -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({"relations": [table]}) }}
{% endmaterialization %}

{# Whether both tables are there, and were made by these rules. #}
{% macro is_made_by(rules, table, files) -%}
    {%- if not (load_cached_relation(table) and load_cached_relation(files)) -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set others = run_query(
        "select count(*) from " ~ files ~ " where rules <> '" ~ rules ~ "'"
    ).columns[0][0] -%}
    {{ return(others == 0) }}
{%- endmacro %}

{# One file a day, more where a day is large. #}
{% macro rows_by_day(sql) -%}
    {{ "select /*+ rebalance(export_date) */ *" }} from ({{ sql }}) as delivered
{%- endmacro %}

{% macro known_files_by_day() -%}
    select distinct file_id, export_date from {{ source("nightpost", "arrivals") }}
{%- endmacro %}

{% macro days_to_process(files) -%}
    select distinct coalesce(known.export_date, processed.export_date) as export_date
    from ({{ known_files_by_day() }}) as known
    full outer join {{ files }} as processed on processed.file_id = known.file_id
    where known.file_id is null or processed.file_id is null
    order by 1
{%- endmacro %}

{% macro in_days_of_export(days) -%}
    {{ "export_date in (date '" ~ days | join("', date '") ~ "')" }}
{%- endmacro %}

{% macro forget_days(tables, days) -%}
    {%- set partitions = [] -%}
    {%- for day in days -%}
        {%- do partitions.append("partition (export_date = date '" ~ day ~ "')") -%}
    {%- endfor -%}
    {%- for table in tables -%}
        {%- do run_query(
            "alter table " ~ table ~ " drop if exists " ~ partitions
            | join(", ")
        ) -%}
    {%- endfor -%}
{%- endmacro %}

{# Write down that the table holds the known files of these days. #}
{% macro note_files(files, rules, of_days) -%}
    {%- do run_query(
        "insert into "
        ~ files
        ~ " select file_id, '"
        ~ rules
        ~ "', export_date from ("
        ~ known_files_by_day()
        ~ ") where "
        ~ of_days
    ) -%}
{%- endmacro %}
