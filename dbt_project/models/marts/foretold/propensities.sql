-- Grain: one row per person who may be profiled and propensity. Where it is not known,
-- the reason says why.
select
    concat(profiles.profile_id, '/', served.model) as propensity_id,
    profiles.profile_id,
    served.model as propensity,
    served.horizon_days,
    predicted.score,
    case
        when predicted.profile_id is not null then served.model_version
    end as model_version,
    case
        when predicted.profile_id is not null
        then null
        when served.model_version is null
        then served.reason
        when served.model = 'click_14'
        then 'got no mail within 90 days'
        when served.model = 'churn_90'
        then 'did not buy within a year'
        else 'never bought'
    end as missing_reason
from {{ ref("profiles") }} as profiles
inner join
    {{ ref("stg_predictions__served_models") }} as served
    on served.model <> 'lifetime_value'
left join
    {{ ref("stg_predictions__propensities") }} as predicted
    on predicted.profile_id = profiles.profile_id
    and predicted.model = served.model
where {{ may_be_profiled("profiles.profile_id") }}
