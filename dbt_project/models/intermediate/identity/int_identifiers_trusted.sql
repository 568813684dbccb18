-- Grain: one row per identifier: whether it may tie records together. An untrusted one
-- still is somebody's address; it just proves nothing about who they are. How many
-- names and accounts one value may tie together stands in
-- seeds/reference/identifier_types.csv.
with
    per_identifier as (
        select
            identifier,
            identifier_type,
            identifier_value,
            count(distinct nullif(name_key, '')) as name_count,
            count(distinct record_id) as record_count,
            count(distinct case when is_account then record_id end) as account_count
        from {{ ref("int_identifiers_unioned") }}
        group by identifier, identifier_type, identifier_value
    ),

    -- Who has an account at a shop and opens another gives another address: two of one
    -- shop that share no more than a household does are father and son, until more is
    -- known (orchestration/identity/linkage/own_accounts.py).
    namesakes as (
        select distinct identifier
        from
            (
                select identifier
                from {{ ref("int_identifiers_unioned") }}
                where
                    identifier_type = 'phone_and_name'
                    and is_account
                    and {{ record_identifier_type("source") }} = 'customer'
                group by identifier, source
                having count(distinct record_id) > 1
            ) as shared
    ),

    -- Two first names with two birth dates are two people's, however few use the
    -- mailbox. Should it be one person with a slip in either, likeness finds that.
    families as (
        select concat('email:', email) as identifier
        from {{ ref("int_contacts_unioned") }}
        where email is not null and first_name is not null and birth_date is not null
        group by email
        having
            count(distinct substr(lower(first_name), 1, 3)) > 1
            and count(distinct birth_date) > 1
    ),

    distrusted as (
        select distinct per_identifier.identifier
        from per_identifier
        inner join
            {{ ref("untrusted_identifiers") }} as untrusted
            on untrusted.identifier_type = per_identifier.identifier_type
            and (
                per_identifier.identifier_value = untrusted.value
                or per_identifier.identifier_value like untrusted.value
            )
            -- a name beside a placeholder makes it nobody's box
            or untrusted.identifier_type = 'email'
            and per_identifier.identifier_type = 'mailbox_and_name'
            and split_part(per_identifier.identifier_value, '/', 1) like untrusted.value
    )

select
    per_identifier.identifier,
    per_identifier.identifier_type,
    per_identifier.identifier_value,
    per_identifier.name_count,
    per_identifier.record_count,
    per_identifier.account_count,
    distrusted.identifier is not null as is_listed,
    per_identifier.name_count <= types.names_per_value
    and per_identifier.account_count <= types.accounts_per_value
    and distrusted.identifier is null
    and namesakes.identifier is null
    and families.identifier is null
    -- an address that is none, or that a function reads, ties nobody
    and (
        per_identifier.identifier_type <> 'email'
        or (emails.email is not null and not emails.is_role)
    ) as is_trusted
from per_identifier
inner join {{ ref("identifier_types") }} as types using (identifier_type)
left join distrusted on distrusted.identifier = per_identifier.identifier
left join namesakes on namesakes.identifier = per_identifier.identifier
left join families on families.identifier = per_identifier.identifier
left join
    {{ ref("int_emails_judged") }} as emails
    on concat('email:', emails.email) = per_identifier.identifier
