-- Grain: one row per person with a postal code in a country whose codes are kept: its
-- area, and whether it contradicts the country, the region or the town beside it.
-- Only what the
-- reference lists can contradict; nothing is corrected.
with
    places as (
        select
            attributes.profile_id,
            attributes.country_code,
            {{ postcode_key("attributes.postal_code") }} as postcode,
            lower(trim(attributes.region)) as region_name,
            lower(trim(attributes.city)) as town,
            formats.pattern,
            formats.area_length
        from {{ ref("int_attributes_merged") }} as attributes
        inner join
            {{ ref("postcode_formats") }} as formats
            on formats.country_code = attributes.country_code
        where {{ postcode_key("attributes.postal_code") }} <> ''
    ),

    -- a code is judged once, however many live there
    codes as (
        select
            country_code,
            postcode,
            {{ matches_pattern("postcode", "pattern") }} as is_code_of_country,
            case
                when area_length = 0
                then {{ replace_all("postcode", "[0-9].*$", "") }}
                when area_length > 0
                then substr(postcode, 1, area_length)
            end as area
        from (select distinct country_code, postcode, pattern, area_length from places)
    ),

    judged as (
        select
            places.profile_id,
            places.country_code,
            places.region_name,
            places.town,
            codes.is_code_of_country,
            codes.area
        from places
        inner join
            codes
            on codes.country_code = places.country_code
            and codes.postcode = places.postcode
    ),

    areas as (
        select
            country_code, cast(area as string) as area, region_code, lower(town) as town
        from {{ ref("postcode_areas") }}
    ),

    -- which of the regions that the code, the region's name and the town allow agree
    agreements as (
        select
            judged.profile_id,
            max(
                case when areas.region_code = regions.region_code then 1 else 0 end
            ) as region_agrees,
            max(
                case when areas.region_code = towns.region_code then 1 else 0 end
            ) as town_agrees,
            count(regions.region_code) as known_regions,
            count(towns.region_code) as known_towns
        from judged
        inner join
            areas
            on areas.country_code = judged.country_code
            and areas.area = judged.area
        left join
            {{ ref("regions") }} as regions
            on regions.country_code = judged.country_code
            and lower(regions.region_name) = judged.region_name
        left join
            areas as towns
            on towns.country_code = judged.country_code
            and towns.town = judged.town
        where judged.is_code_of_country
        group by judged.profile_id
    )

select
    judged.profile_id,
    case when judged.is_code_of_country then judged.area end as postcode_area,
    case
        when not judged.is_code_of_country
        then 'code_is_not_of_country'
        when agreements.known_regions > 0 and agreements.region_agrees = 0
        then 'code_is_not_of_region'
        when agreements.known_towns > 0 and agreements.town_agrees = 0
        then 'code_is_not_of_town'
    end as place_conflict
from judged
left join agreements on agreements.profile_id = judged.profile_id
