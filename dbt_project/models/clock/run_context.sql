-- Grain: one row: the night that is being run. The only model that reads the
-- environment.
{% set as_of = env_var("NIGHTPOST_AS_OF", "") %}
{% if execute and not as_of and flags.WHICH in ["run", "build"] %}
    {{
        exceptions.raise_compiler_error(
            "NIGHTPOST_AS_OF is not set, so no night can be built. Start the night with "
            "`nightpost run --date YYYY-MM-DD`, or set NIGHTPOST_AS_OF to a business date."
        )
    }}
{% endif %}
select
    cast('{{ as_of or "1970-01-01" }}' as date) as as_of_date,
    -- the midnight that ends the business day, in UTC
    {{
        local_to_utc(
            "cast(cast('" ~ (as_of or "1970-01-01") ~ "' as date) + 1 as timestamp)",
            var("business_time_zone"),
        )
    }} as as_of_at,
    '{{ var("business_time_zone") }}' as business_time_zone,
    '{{ env_var("NIGHTPOST_MESSAGE_KEY", "") }}' as message_key
