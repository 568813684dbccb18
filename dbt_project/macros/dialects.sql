{# How a source writes numbers, dates, times and identifiers, by its contract, brought into
   one writing: 1234.56, 2026-04-05, a time with its offset, 0412 for `="0412"`. What the
   contract does not allow becomes a text that no reader can read, so that it is rejected
   as such and never misread; what is blank stays blank. #}
{% macro canonical_rows(source_name, table_name) -%}
    {%- set node = (
        graph.get("sources", {}).get(
            "source." ~ project_name ~ "." ~ source_name ~ "." ~ table_name,
            {},
        )
        if execute
        else {}
    ) -%}
    {%- set meta = node.config.meta if node.config else {} -%}
    {%- set contract = meta.get("contract", {}) if meta else {} -%}
    {%- set changes = {} -%}
    {%- for name, column in node.get("columns", {}).items() -%}
        {%- set column_meta = column.config.meta if column.config else column.meta -%}
        {%- set kind = column_meta.get("reads_as", "text") -%}
        {%- set quoted = adapter.quote(name) -%}
        {%- set value = canonical_value(quoted, kind, contract) -%}
        {%- do changes.update({quoted: value}) if value != quoted -%}
    {%- endfor -%}
    {%- if changes -%}
        ({{ select_replacing(source(source_name, table_name), changes) }})
    {%- else -%} {{ source(source_name, table_name) }}
    {%- endif -%}
{%- endmacro %}

{# Returns the column itself where the contract writes it as we do. #}
{% macro canonical_value(column, kind, contract) -%}
    {%- if kind == "identifier" -%} {{ return(read_identifier(column)) }} {%- endif -%}
    {%- set value = column -%}
    {%- if kind in ("integer", "decimal", "precise_decimal") and contract.get(
        "decimal", "."
    ) == "," -%}
        {%- set value = decimal_comma_to_point(value) -%}
    {%- elif kind in ("date", "instant", "local_time", "utc_time") -%}
        {%- if contract.get("date_order", "ymd") != "ymd" -%}
            {%- set value = date_in_order(value, contract["date_order"]) -%}
        {%- endif -%}
        {%- if contract.get("time_zone") and kind == "instant" -%}
            {%- set value = local_to_instant(value, contract["time_zone"]) -%}
        {%- elif contract.get("time_zone") and kind == "local_time" -%}
            {%- set value = local_to_business_time(value, contract["time_zone"]) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if value != column -%}
        {%- set value -%}
            case
                when trim({{ column }}) <> ''
                then coalesce({{ value }}, 'written otherwise')
            end
        {%- endset -%}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{# 1.234,56 and 1234,56 are numbers; 1.5, a point that groups no thousands, is none. #}
{% macro decimal_comma_to_point(column) -%}
    case
        when
            {{
                matches(
                    "trim(" ~ column ~ ")",
                    "^[+-]?([0-9]+|[0-9]{1,3}([.][0-9]{3})+)(,[0-9]+)?$",
                )
            }}
        then replace(replace(trim({{ column }}), '.', ''), ',', '.')
    end
{%- endmacro %}

{# 5.4.2026 or 04/05/2026 with what follows; a date that starts with its year is clear. #}
{% macro date_in_order(column, order) -%}
    {{
        rewrite(
            "trim(" ~ column ~ ")",
            "^([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})",
            "\\3-\\2-\\1" if order == "dmy" else "\\3-\\1-\\2",
        )
    }}
{%- endmacro %}

{# A time that carries no offset is of the contract's time zone. #}
{% macro local_to_instant(column, time_zone) -%}
    case
        when {{ has_offset(column) }}
        then {{ column }}
        else
            concat(
                cast(
                    {{
                        local_to_utc(
                            "try_cast(" ~ column ~ " as timestamp)", time_zone
                        )
                    }} as string
                ),
                '+00:00'
            )
    end
{%- endmacro %}

{% macro local_to_business_time(column, time_zone) -%}
    cast(
        {{
            utc_to_local(
                local_to_utc("try_cast(" ~ column ~ " as timestamp)", time_zone),
                var("business_time_zone"),
            )
        }} as string
    )
{%- endmacro %}

{% macro has_offset(column) -%}
    {{
        matches(
            "trim(" ~ column ~ ")",
            ":[0-9]{2}([.][0-9]+)? ?([+-][0-9]{2}(:?[0-9]{2})?|Z|UTC)$",
        )
    }}
{%- endmacro %}
