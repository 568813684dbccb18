-- Grain: one row per person and experiment: the first assignment stands, whichever came
-- later. In the same second the alphabetically first variant, then name. Somebody who
-- was put into several variants is flagged, because their result proves nothing.
with
    ranked as (
        select
            keys.profile_id,
            assignments.experiment,
            assignments.variant,
            assignments.assigned_at,
            row_number() over (
                partition by keys.profile_id, assignments.experiment
                order by
                    assignments.assigned_at nulls last,
                    assignments.variant nulls last,
                    assignments.person_key nulls last,
                    assignments.event_id nulls last
            ) as place
        from {{ ref("int_experiment_assignments_unioned") }} as assignments
        inner join {{ ref("int_person_keys_resolved") }} as keys using (person_key)
    ),

    counted as (
        select profile_id, experiment, count(distinct variant) as variant_count
        from ranked
        group by profile_id, experiment
    )

select
    concat(ranked.profile_id, '/', ranked.experiment) as experiment_assignment_id,
    ranked.profile_id,
    ranked.experiment,
    ranked.variant,
    counted.variant_count,
    counted.variant_count > 1 as has_conflict,
    ranked.assigned_at
from ranked
inner join counted using (profile_id, experiment)
where ranked.place = 1
