-- Grain: one row per delivered engagement on a social network, repeats included.
with
    parsed as (
        select
            lower(trim(network)) as network,
            {{ read_text("engagement_id") }} as engagement_id,
            -- with or without the @ it is one handle
            nullif(lower({{ replace_all(trimmed("handle"), "^@", "") }}), '') as handle,
            case
                when {{ matches("lower(trim(email_sha256))", "^[0-9a-f]{64}$") }}
                then lower(trim(email_sha256))
            end as email_sha256,
            lower(trim(kind)) as kind,
            {{ read_text("content_id") }} as content_id,
            {{ read_instant("engaged_at") }} as engaged_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from {{ readable_rows("social", "engagements") }}
    )

select
    concat(
        network,
        '/',
        coalesce(
            engagement_id,
            {{
                sha256(
                    "concat_ws('|', coalesce(handle, ''), coalesce(email_sha256, ''), "
                    "kind, coalesce(content_id, ''), cast(engaged_at as string))"
                )
            }}
        )
    ) as event_id,
    network,
    handle,
    email_sha256,
    case
        when kind in ('like', 'comment', 'share', 'follow', 'unfollow')
        then kind
        else 'other'
    end as kind,
    content_id,
    engaged_at,
    export_date,
    file_id,
    row_number
from parsed
