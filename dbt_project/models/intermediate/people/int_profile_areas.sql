-- Grain: one row per person and area that they live in, from near to far: region,
-- country, everywhere. The region is the named one, else the town's, as in
-- profile_facts. A place that its postal code contradicts is none.
with
    places as (
        select
            attributes.profile_id,
            case
                when checked.place_conflict is null then attributes.country_code
            end as country_code,
            lower(trim(attributes.city)) as town,
            -- a name that stands for several regions, as England does, names none
            case
                when count(distinct regions.region_code) = 1
                then min(regions.region_code)
            end as named_region
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
            lower(trim(attributes.city)),
            case when checked.place_conflict is null then attributes.country_code end
    ),

    towns as (
        select country_code, lower(town) as town, min(region_code) as region_code
        from {{ ref("postcode_areas") }}
        where town is not null
        group by country_code, lower(town)
        having count(distinct region_code) = 1
    ),

    named as (
        select
            places.profile_id,
            places.country_code,
            coalesce(places.named_region, towns.region_code) as region_code
        from places
        left join
            towns
            on towns.country_code = places.country_code
            and towns.town = places.town
    )

select
    profile_id,
    'popular_in_region' as recommender,
    concat(country_code, '/', region_code) as area
from named
where country_code is not null and region_code is not null
union all
select profile_id, 'popular_in_country' as recommender, country_code as area
from named
where country_code is not null
union all
select profile_id, 'popular' as recommender, 'everywhere' as area
from named
