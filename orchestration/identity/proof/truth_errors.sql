-- What is wrong with the profiles, case by case and by kind: `wrong_pairs`, one row per
-- pair of people in one profile, and `identity_errors`, one row per such pair and per
-- part that a person's records were torn into beside the largest.
create temporary table wrong_pairs as
with
    cells as (
        select profile_id, person_id, count(*) as size
        from judged_records
        group by profile_id, person_id
        qualify count(*) over (partition by profile_id) > 1
    )

select
    one.profile_id,
    one.size * other.size as pairs,
    case
        when list_contains(list_intersect(these.kinds, those.kinds), 'shared_mailbox')
        then 'shared mailbox'
        when list_contains(list_intersect(these.kinds, those.kinds), 'twin')
        then 'twins'
        when list_contains(list_intersect(these.kinds, those.kinds), 'household')
        then 'household phone'
        when lower(these.first_name || these.last_name) = lower(those.first_name || those.last_name)
        then 'same name'
        when lower(these.last_name) = lower(those.last_name)
        then 'same family name'
        else 'different names'
    end as kind,
    kind in ('shared mailbox', 'twins', 'household phone') as is_planted
from cells as one
inner join
    cells as other
    on other.profile_id = one.profile_id
    and other.person_id > one.person_id
inner join truth_people as these on these.person_id = one.person_id
inner join truth_people as those on those.person_id = other.person_id
;

create temporary table identity_errors as
with
    spelt as (
        select
            'crm:' || contacts.source || '/' || contacts.record_key as record_id,
            lower(coalesce(contacts.first_name, '')) as first_name,
            lower(coalesce(contacts.last_name, '')) as last_name
        from night.intermediate.int_contacts_unioned as contacts
    ),

    parts as (
        select
            records.person_id,
            records.profile_id,
            count(*) as size,
            bool_or(source = 'hubspot') as has_contact,
            bool_or(source = 'shopify_customer') as has_account,
            bool_or(source = 'shopify_order') as has_order,
            bool_or(source = 'email') as has_address,
            min(
                case
                    when spelt.record_id is null
                    then null
                    when spelt.first_name = lower(people.first_name) and spelt.last_name = lower(people.last_name)
                    then 'same name'
                    when spelt.first_name = lower(people.last_name) and spelt.last_name = lower(people.first_name)
                    then 'names swapped'
                    when
                        levenshtein(
                            spelt.first_name || ' ' || spelt.last_name,
                            lower(people.first_name || ' ' || people.last_name)
                        )
                        <= 2
                    then 'misspelt'
                    else 'short or pet name'
                end
            ) as spelling
        from judged_records as records
        inner join truth_people as people using (person_id)
        left join spelt using (record_id)
        group by records.person_id, records.profile_id
    ),

    torn as (
        select
            *,
            row_number() over (
                partition by person_id order by size desc, profile_id
            ) as place,
            sum(size) over (
                partition by person_id order by size desc, profile_id
                rows between unbounded preceding and 1 preceding
            ) as size_before
        from parts
        qualify count(*) over (partition by person_id) > 1
    )

select
    'missed' as error,
    torn.profile_id,
    torn.size * torn.size_before as pairs,
    case
        when has_contact and list_contains(people.kinds, 'duplicate_contact')
        then 'duplicate contact, ' || spelling
        when has_contact
        then 'contact and the rest, ' || spelling
        when has_account
        then 'account and the rest'
        when list_contains(people.kinds, 'shared_mailbox')
        then 'order through the shared mailbox'
        when list_contains(people.kinds, 'two_emails') and (has_order or has_address)
        then 'two e-mails, ' || case when has_order then 'guest order' else 'address only' end
        when has_order
        then 'guest order, ' || case when has_address then 'another address' else 'no known address' end
        when has_address
        then 'address only'
        else 'device'
    end as kind
from torn
inner join truth_people as people using (person_id)
where torn.place > 1
union all
select 'merged', profile_id, pairs, kind
from wrong_pairs
