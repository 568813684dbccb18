-- Grain: one row per device on which one account logged in, and identifier: its own id
-- and the account. A device that several accounts log in on belongs to none of them.
with
    devices as (
        select
            device_id,
            max(web_user_id) as web_user_id,
            min(export_date) as known_from_date
        from {{ ref("int_web_events_unioned") }}
        where web_user_id is not null
        group by device_id
        having count(distinct web_user_id) = 1
    )

select
    concat('device/', device_id) as record_id,
    'web' as source,
    'device' as identifier_type,
    device_id as identifier_value,
    '' as name_key,
    known_from_date,
    false as is_account
from devices
union all
select
    concat('device/', device_id) as record_id,
    'web' as source,
    {{ record_identifier_type("'" ~ var("web_user_ids_are_customers_of") ~ "'") }}
    as identifier_type,
    concat(
        '{{ var("web_user_ids_are_customers_of") }}/', web_user_id
    ) as identifier_value,
    '' as name_key,
    known_from_date,
    false as is_account
from devices
