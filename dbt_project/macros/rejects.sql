{# Why a raw row cannot be used, by its source's contract; null where it can. Reads the
   required columns, their readers, and the `range` or `one_of` that a value must be within
   from the source's yml; a unit test knows no sources, so there every row is readable. #}
{% macro rejection_reason(source_name, table_name) -%}
    {%- set checks = [] -%}
    {%- if execute and "sources" in graph -%}
        {%- set key = (
            "source." ~ project_name ~ "." ~ source_name ~ "." ~ table_name
        ) -%}
        {%- for name, column in graph.sources[key].columns.items() -%}
            {%- set meta = column.config.meta if column.config else column.meta -%}
            {%- if meta.get("required") -%}
                {%- set quoted = adapter.quote(name) -%}
                {%- set reader = meta.get("reads_as", "text") -%}
                {%- do checks.append(
                    "when nullif(trim("
                    ~ quoted
                    ~ "), '') is null then '"
                    ~ name
                    ~ " is missing'"
                ) -%}
                {%- do checks.append(
                    "when " ~ context["read_" ~ reader](quoted) ~ " is null then '"
                    ~ name ~ " is not a readable " ~ reader ~ "'"
                ) if reader != "text" -%}
                {%- set value = context["read_" ~ reader](quoted) -%}
                {%- if meta.get("range") -%}
                    {%- set low, high = meta.get("range") -%}
                    {%- do checks.append(
                        "when not ("
                        ~ value
                        ~ " between "
                        ~ low
                        ~ " and "
                        ~ high
                        ~ ") then '"
                        ~ name
                        ~ " is not from "
                        ~ low
                        ~ " to "
                        ~ high
                        ~ "'"
                    ) -%}
                {%- endif -%}
                {%- if meta.get("one_of") -%}
                    {%- do checks.append(
                        "when " ~ value ~ " not in ('" ~ meta.get("one_of")
                        | join("', '")
                        ~ "') then '"
                        ~ name
                        ~ " is none of "
                        ~ meta.get("one_of")
                        | join(", ") ~ "'"
                    ) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    case {{ checks | join(" ") }} {{ "when false then ''" if not checks }} end
{%- endmacro %}

{# The rows of a source that its contract can read: of each file the generation that stands. #}
{% macro readable_rows(source_name, table_name) -%}
    (
        select *
        from {{ canonical_rows(source_name, table_name) }}
        where
            ({{ rejection_reason(source_name, table_name) }}) is null
            and not coalesce(_is_replaced, false)
    )
{%- endmacro %}

{# The same with every earlier generation (`_is_replaced`), which a table has where its
   contract `says_no`: a no that was once delivered is not taken back by a file that leaves
   it out. #}
{% macro delivered_rows(source_name, table_name) -%}
    (
        select *
        from {{ canonical_rows(source_name, table_name) }}
        where ({{ rejection_reason(source_name, table_name) }}) is null
    )
{%- endmacro %}

{# The other rows: which file, which row, why. Never the value. #}
{% macro rejected_rows(source_name, table_name) -%}
    select
        _source_file as source_file,
        _file_id as file_id,
        _row_number as row_number,
        _export_date as export_date,
        {{ rejection_reason(source_name, table_name) }} as rejection_reason
    from {{ canonical_rows(source_name, table_name) }}
    where
        ({{ rejection_reason(source_name, table_name) }}) is not null
        and not coalesce(_is_replaced, false)
{%- endmacro %}

{# All promised columns of a raw row as one text: a total order over rows that does not
   depend on where they stand in a file. #}
{% macro row_content(source_name, table_name) -%}
    {%- set cells = [] -%}
    {%- if execute -%}
        {%- set key = (
            "source." ~ project_name ~ "." ~ source_name ~ "." ~ table_name
        ) -%}
        {%- for name in graph.get("sources", {}).get(key, {}).get("columns", {}) -%}
            {%- do cells.append("coalesce(" ~ adapter.quote(name) ~ ", '')") -%}
        {%- endfor -%}
    {%- endif -%}
    {{ "concat_ws('|', " ~ cells | join(", ") ~ ")" if cells else "''" }}
{%- endmacro %}
