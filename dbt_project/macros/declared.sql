{# A preference's name however a form spells it: `Favourite category` is
   `favourite_category`. #}
{% macro preference_name(column) -%}
    coalesce(
        nullif(
            replace(
                trim(
                    {{
                        replace_all(
                            "lower(" ~ without_accents(column) ~ ")",
                            "[^a-z0-9]+",
                            " ",
                        )
                    }}
                ),
                ' ',
                '_'
            ),
            ''
        ),
        lower({{ trimmed(column) }})
    )
{%- endmacro %}

{# An order's status however a shop spells it: `wc-on-hold` and `On hold` are `on_hold`. #}
{% macro order_status_key(column) -%}
    {{
        replace_all(
            replace_all("lower(" ~ trimmed(column) ~ ")", "^wc-", ""), "[ _-]+", "_"
        )
    }}
{%- endmacro %}

{# The scores of a model made elsewhere, from the table that is named like it. #}
{% macro delivered_scores(model) -%}
    select
        '{{ model }}' as model,
        {{ read_text('"version"') }} as model_version,
        {{ read_person_key("person_key") }} as person_key,
        {{ read_text("item") }} as item,
        {{ read_integer('"rank"') }} as item_rank,
        {{ read_score("score") }} as score,
        {{ read_instant("scored_at") }} as scored_at,
        _export_date as export_date,
        _file_id as file_id,
        _row_number as row_number
    from {{ readable_rows("scores", model) }}
{%- endmacro %}
