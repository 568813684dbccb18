{# Whether tonight is the person's turn: one night in 16, by the first digit of a digest
   of their id, so that what all of them would do at once is spread over the nights. #}
{% macro is_turn_in_16_nights(profile_id) -%}
    (
        instr('0123456789abcdef', substr(md5({{ profile_id }}), 1, 1)) - 1 = mod(
            cast(
                floor(
                    {{
                        seconds_between(
                            "timestamp '2000-01-01 00:00:00'",
                            "cast(" ~ as_of_date() ~ " as timestamp)",
                        )
                    }} / 86400.0
                ) as bigint
            ),
            16
        )
    )
{%- endmacro %}
