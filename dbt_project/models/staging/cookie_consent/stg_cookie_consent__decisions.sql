-- Grain: one row per delivered decision and purpose, repeated deliveries included.
-- Whatever is not `granted` is a denial; a Global Privacy Control signal that cannot be
-- read was sent.
with
    decisions as (
        select
            {{ read_text("device_id") }} as device_id,
            {{ read_text("banner_version") }} as banner_version,
            upper({{ read_text("jurisdiction") }}) as jurisdiction,
            coalesce(lower(trim(analytics)), '') as analytics,
            coalesce(lower(trim(ads)), '') as ads,
            coalesce(lower(trim(personalisation)), '') as personalisation,
            coalesce(
                {{ read_boolean("gpc") }}, {{ read_text("gpc") }} is not null
            ) as has_gpc_signal,
            {{ read_instant("decided_at") }} as decided_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number,
            coalesce(_is_replaced, false) as is_replaced
        from {{ delivered_rows("cookie_consent", "decisions") }}
    ),

    identified as (
        select
            *,
            substr(
                {{
                    sha256(
                        "concat_ws('|', device_id, coalesce(banner_version, ''), "
                        "coalesce(jurisdiction, ''), analytics, ads, personalisation, "
                        "case when has_gpc_signal then 'gpc' else '' end, "
                        "cast(decided_at as string))"
                    )
                }},
                1,
                20
            ) as decision_id
        from decisions
    )

{% for purpose in ["analytics", "ads", "personalisation"] %}
    select
        concat('cookie_consent_', decision_id, '_{{ purpose }}') as event_id,
        device_id,
        '{{ purpose }}' as purpose,
        case when {{ purpose }} = 'granted' then 'granted' else 'denied' end as status,
        has_gpc_signal,
        banner_version,
        jurisdiction,
        decided_at,
        export_date,
        file_id,
        row_number
    from identified
    -- what a replaced file denied is denied; what it granted is not granted
    where
        not is_replaced or coalesce({{ purpose }}, '') <> 'granted' or has_gpc_signal
        {{ "union all" if not loop.last }}
{% endfor %}
