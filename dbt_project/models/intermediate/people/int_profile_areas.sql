-- Grain: one row per person and area that they live in, from near to far: region,
-- country, everywhere. The region is the one that is named, else the town's, else the
-- one in which the postal code's area lies as a whole. A place that its postal code
-- contradicts is none.
with
    places as (
        select
            attributes.profile_id,
            case
                when checked.place_conflict is null then attributes.country_code
            end as country_code,
            lower(trim(attributes.region)) as region_name,
            lower(trim(attributes.city)) as town,
            checked.postcode_area
        from {{ ref("int_attributes_merged") }} as attributes
        left join {{ ref("int_places_checked") }} as checked using (profile_id)
    ),

    names as (
        select country_code, lower(region_name) as region_name, region_code
        from {{ ref("regions") }}
        union all
        select country_code, lower(region_code) as region_name, region_code
        from {{ ref("regions") }}
    ),

    -- a name that stands for several regions, as England does, names none
    regions as (
        select country_code, region_name, min(region_code) as region_code
        from names
        group by country_code, region_name
        having count(distinct region_code) = 1
    ),

    towns as (
        select country_code, lower(town) as town, min(region_code) as region_code
        from {{ ref("postcode_areas") }}
        where is_towns_own
        group by country_code, lower(town)
        having count(distinct region_code) = 1
    ),

    areas as (
        select
            country_code, cast(area as string) as area, min(region_code) as region_code
        from {{ ref("postcode_areas") }}
        group by country_code, area
        having count(distinct region_code) = 1
    ),

    located as (
        select
            places.profile_id,
            places.country_code,
            coalesce(
                regions.region_code, towns.region_code, areas.region_code
            ) as region_code
        from places
        left join
            regions
            on regions.country_code = places.country_code
            and regions.region_name = places.region_name
        left join
            towns
            on towns.country_code = places.country_code
            and towns.town = places.town
        left join
            areas
            on areas.country_code = places.country_code
            and areas.area = places.postcode_area
    )

select
    profile_id,
    'popular_in_region' as recommender,
    concat(country_code, '/', region_code) as area,
    region_code
from located
where country_code is not null and region_code is not null
union all
select
    profile_id, 'popular_in_country' as recommender, country_code as area, region_code
from located
where country_code is not null
union all
select profile_id, 'popular' as recommender, 'everywhere' as area, region_code
from located
