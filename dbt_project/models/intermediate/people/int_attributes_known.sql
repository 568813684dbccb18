-- Grain: one row per contact of a person and field of the golden record that it fills,
-- with the rule that chooses among them and the place of its source in the field's
-- order.
with
    fields as (
        select *, count(*) over (partition by taken_together) as field_count
        from {{ ref("survivorship") }}
    ),

    records as (
        select distinct unioned.record_id, resolved.profile_id
        from {{ ref("int_identifiers_unioned") }} as unioned
        inner join {{ ref("int_identities_resolved") }} as resolved using (identifier)
        inner join
            {{ ref("int_identifiers_trusted") }} as identifiers using (identifier)
        where identifiers.is_trusted or unioned.identifier_type in ('crm', 'customer')
    ),

    contacts as (
        select
            records.profile_id,
            records.record_id,
            contacts.*,
            {{ source_kind("contacts.source") }} as kind
        from {{ ref("int_contacts_unioned") }} as contacts
        inner join
            records
            on records.record_id = concat(contacts.source, '/', contacts.record_key)
    ),

    spread as (
        select
            contacts.profile_id,
            contacts.record_id,
            contacts.source,
            contacts.kind,
            contacts.updated_at,
            fields.field,
            fields.taken_together,
            fields.field_count,
            fields.rule,
            concat(' ', fields.source_order, ' ') as source_order,
            case
                fields.field
                {%- for field in golden_fields() %}
                    when '{{ field }}' then cast(contacts.{{ field }} as string)
                {%- endfor %}
            end as field_value
        from contacts
        cross join fields
    )

select
    *,
    {{ name_key("field_value") }} as name_key,
    {{ is_initial("field_value") }} as is_initial,
    -- a vendor's own name in the order goes before its kind's
    coalesce(
        nullif(instr(source_order, concat(' ', source, ' ')), 0),
        nullif(instr(source_order, concat(' ', kind, ' ')), 0),
        9999
    ) as source_place
from spread
where
    field_value is not null
    and not (field = 'first_name' and {{ is_no_first_name("field_value") }})
