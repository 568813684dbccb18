-- Grain: one row per source, address and preference: the newest statement before the
-- night's midnight. In the same second the preference centre goes before a form,
-- because there a person sees what is set. A newest statement without a value takes the
-- preference back.
with
    delivered as (
        {{
            union_vendors(
                {
                    "preferences": [
                        "stg_preferences__form_answers",
                        "stg_preferences__centre",
                    ]
                },
                {
                    "event_id": "string",
                    "email": "string",
                    "preference": "string",
                    "preference_value": "string",
                    "stated_in": "string",
                    "stated_at": timestamp_type(),
                },
            )
        }}
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by source, email, preference
                order by
                    stated_at desc nulls last,
                    case when stated_in = 'preference_centre' then 0 else 1 end
                    nulls last,
                    preference_value nulls last,
                    event_id nulls last
            ) as newness
        from delivered
        where stated_at < {{ as_of_at() }}
    )

select source, event_id, email, preference, preference_value, stated_in, stated_at
from numbered
where newness = 1
