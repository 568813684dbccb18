{# Engine differences about graphs: the connected parts of one. #}
{# `nodes` (hash_key) and `links` (from_hash, to_hash, both ways) are CTEs of the model;
   one row per hash_key with the smallest that it can reach. On Spark, whose recursion
   cannot leave out what it has seen, the model's `pre_hook` is connect_parts(). #}
{% macro connected_parts(nodes, links) -%}
    {{ adapter.dispatch("connected_parts", "nightpost")(nodes, links) }}
{%- endmacro %}

{% macro duckdb__connected_parts(nodes, links) -%}
    /* engine */
    with recursive
        reached as (
            select hash_key, hash_key as smallest
            from {{ nodes }}
            union
            -- only a smaller one is worth passing on
            select links.to_hash, reached.smallest
            from reached
            inner join {{ links }} as links on links.from_hash = reached.hash_key
            where reached.smallest < links.to_hash
        )
    select hash_key, min(smallest) as smallest
    from reached
    group by hash_key  /* portable */
{%- endmacro %}

{% macro spark__connected_parts(nodes, links) -%}
    /* engine */
    select hash_key, smallest from {{ this.schema }}.{{ this.identifier }}__parts  /* portable */
{%- endmacro %}

{# Where an identifier stands in the order in which the smallest wins: a random one. #}
{% macro graph_key(identifier) -%}
    substr({{ sha256(identifier) }}, 1, 20)
{%- endmacro %}

{# Works out, before the model is built, what connected_parts() reads. #}
{% macro connect_parts(identifiers, links) -%}
    {{ adapter.dispatch("connect_parts", "nightpost")(identifiers, links) }}
{%- endmacro %}

{% macro duckdb__connect_parts(identifiers, links) -%} {%- endmacro %}

{# In rounds: everybody takes the smallest of the neighbours', and then what that one has
   (so a chain is halved, not shortened by one), until a round changes nothing: the
   hooking and jumping of Shiloach and Vishkin (1982). #}
{% macro spark__connect_parts(identifiers, links) -%}
    {%- if execute -%}
        {%- set parts = this.schema ~ "." ~ this.identifier ~ "__parts" -%}
        {%- set next = parts ~ "_next" -%}
        {%- set edges = parts ~ "_links" -%}
        {%- do run_query("drop table if exists " ~ edges) -%}
        {%- do run_query(
            "create table "
            ~ edges
            ~ " using parquet as select "
            ~ graph_key("from_identifier")
            ~ " as from_hash, "
            ~ graph_key("to_identifier")
            ~ " as to_hash from "
            ~ links
        ) -%}
        {%- do run_query("drop table if exists " ~ parts) -%}
        {%- do run_query(
            "create table "
            ~ parts
            ~ " using parquet as select "
            ~ graph_key("identifier")
            ~ " as hash_key, "
            ~ graph_key("identifier")
            ~ " as smallest from "
            ~ identifiers
        ) -%}
        {%- set rounds = namespace(changed=1) -%}
        {%- for _ in range(100) if rounds.changed -%}
            {%- do run_query("drop table if exists " ~ next) -%}
            {%- do run_query(
                "create table "
                ~ next
                ~ " using parquet as "
                ~ parts_round(parts, edges)
            ) -%}
            {%- set rounds.changed = run_query(
                "select count(*) from "
                ~ next
                ~ " inner join "
                ~ parts
                ~ " as before using (hash_key) where before.smallest <> "
                ~ next.split(".")[1]
                ~ ".smallest"
            ).columns[0][0] -%}
            {%- do run_query("drop table " ~ parts) -%}
            {%- do run_query("alter table " ~ next ~ " rename to " ~ parts) -%}
        {%- endfor -%}
        {%- do run_query("drop table " ~ edges) -%}
        {%- if rounds.changed -%}
            {{
                exceptions.raise_compiler_error(
                    "The links between identifiers form chains that 100 rounds cannot follow."
                )
            }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro parts_round(parts, links) -%}
    with
        offered as (
            select links.from_hash as hash_key, min(others.smallest) as smallest
            from {{ links }} as links
            inner join {{ parts }} as others on others.hash_key = links.to_hash
            group by links.from_hash
        ),

        taken as (
            select
                own.hash_key,
                least(
                    own.smallest, coalesce(offered.smallest, own.smallest)
                ) as smallest
            from {{ parts }} as own
            left join offered using (hash_key)
        )

    select taken.hash_key, least(taken.smallest, heads.smallest) as smallest
    from taken
    inner join {{ parts }} as heads on heads.hash_key = taken.smallest
{%- endmacro %}
