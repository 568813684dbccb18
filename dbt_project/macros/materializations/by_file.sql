{# A table that holds what every loaded file gave, each file processed once.
   The model's rows name their file (`file_id`) and come from that file alone, so a night
   adds the files that the table lacks and reads no other. The table stays from night to
   night in the database `history`, which can be made anew from the raw zone and is,
   whenever a rule that it is made by has changed. It holds the files of other nights too: who reads it asks
   `known_files()` which of them the night may know. #}
{% materialization by_file, default %}
    {%- set table = this.incorporate(type="table") -%}
    {%- set files = api.Relation.create(
        database=this.database,
        schema=this.schema,
        identifier=this.identifier ~ "__files",
        type="table",
    ) -%}
    {{ run_hooks(pre_hooks) }}
    {#- begins the transaction in which all of this happens, or nothing -#}
    {%- call statement("begin") -%}
        create table if not exists {{ files }} (file_id string, rules string)
    {%- endcall -%}
    {%- set rules = rules_of_tonight() -%}
    {%- set same_rules = run_query(
        "select count(*) from " ~ files ~ " where rules = '" ~ rules ~ "'"
    ).columns[0][0] -%}
    {%- if same_rules and not flags.FULL_REFRESH -%}
        {%- set new_files = (
            run_query(files_to_process(files)).columns[0].values() | list
        ) -%}
        {#- without a new file, no file is even opened -#}
        {%- call statement("main") -%}
            {%- if new_files %}
                insert into {{ table }}
                select *
                from ({{ sql }}) as delivered
                where delivered.file_id in ('{{ new_files | join("', '") }}')
            {%- else %}
                select 1
            {%- endif -%}
        {%- endcall -%}
    {%- else -%}
        {%- do run_query("drop table if exists " ~ table) -%}
        {%- do run_query("delete from " ~ files) -%}
        {#- the row without a file says by which rules the table was made -#}
        {%- do run_query("insert into " ~ files ~ " values (null, '" ~ rules ~ "')") -%}
        {%- call statement("main") -%} create table {{ table }} as {{ sql }}
        {%- endcall -%}
    {%- endif -%}
    {%- do run_query(
        "insert into "
        ~ files
        ~ " select file_id, '"
        ~ rules
        ~ "' from ("
        ~ files_to_process(files)
        ~ ")"
    ) -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({"relations": [table]}) }}
{% endmaterialization %}

{# The digest of what decides a file's rows (orchestration/building/file_rules.py). #}
{% macro rules_of_tonight() -%}
    {{ return(env_var("NIGHTPOST_RULES", "")) }}
{%- endmacro %}

{% macro files_to_process(files) -%}
    select known.file_id
    from ({{ known_files() }}) as known
    left join {{ files }} as processed on processed.file_id = known.file_id
    where processed.file_id is null
    order by known.file_id
{%- endmacro %}

{# The files that the night may know. #}
{% macro known_files() -%}
    select distinct file_id from {{ source("nightpost", "arrivals") }}
{%- endmacro %}

{# Whether a row of a model by file comes from a file that the night may know. #}
{% macro is_of_known_file(file_id) -%}
    {{ file_id }} in (
        select arrivals.file_id from {{ ref("stg_nightpost__arrivals") }} as arrivals
    )
{%- endmacro %}
