-- Grain: one row per person and area that they live in, from near to far: region,
-- country, everywhere. A place that its postal code contradicts is none.
with
    places as (
        select
            attributes.profile_id,
            case
                when checked.place_conflict is null then attributes.country_code
            end as country_code,
            min(regions.region_code) as region_code
        from {{ ref("int_attributes_merged") }} as attributes
        left join {{ ref("int_places_checked") }} as checked using (profile_id)
        left join
            {{ ref("regions") }} as regions
            on regions.country_code = attributes.country_code
            and (
                lower(regions.region_name) = lower(attributes.region)
                or lower(regions.region_code) = lower(attributes.region)
            )
        group by
            attributes.profile_id,
            case when checked.place_conflict is null then attributes.country_code end
    )

select
    profile_id,
    'popular_in_region' as recommender,
    concat(country_code, '/', region_code) as area
from places
where country_code is not null and region_code is not null
union all
select profile_id, 'popular_in_country' as recommender, country_code as area
from places
where country_code is not null
union all
select profile_id, 'popular' as recommender, 'everywhere' as area
from places
