{# How every source that can say no is read: who said no, and who said yes again. A model
   names its columns; the macro makes statements of them, one row per statement and contact
   that it names. A row with neither address nor phone is about the record itself, or about
   nobody. The rules stand in models/intermediate/README.md. #}
{# Of a column that a record has, `flag`: an opt-out, where true is a no, or a permission,
   where true is a yes. `relation` has every delivered version, readable or not: record_key,
   address, further_addresses, phone, flag, deleted, said_at and lineage(). Unreadable is a
   no and blank says nothing; a no beside no address is about all that its record ever had;
   a permission that never was given cannot be withdrawn. What is
   deleted or was replaced says no, never yes. #}
{% macro opt_out_flags(relation, table_name, kind, is_permission=false) -%}
    {%- set word = without_invisible("flag") -%}
    {%- set yes = "false" if not is_permission else "true" -%}
    select *
    from
        (
            with
                flags as (
                    select
                        *,
                        not coalesce(
                            {{ read_boolean(word) }} = {{ yes }}, false
                        ) as is_refusal
                    from {{ relation }}
                    where {{ read_text(word) }} is not null
                ),

                dated as (
                    select
                        *,
                        min(case when not is_refusal then export_date end) over (
                            partition by record_key
                        ) as first_yes_date,
                        is_replaced
                        or coalesce(
                            {{ read_boolean("deleted") }},
                            {{ read_text("deleted") }} is not null
                        ) as is_gone
                    from flags
                ),

                statements as (
                    select
                        record_key,
                        '{{ kind }}' as kind,
                        is_refusal,
                        case
                            when is_refusal
                            then
                                {{
                                    contacts_in(
                                        "concat_ws(';', address, further_addresses)"
                                    )
                                }}
                            else
                                concat_ws(
                                    ';',
                                    {{ clean_email("address") }},
                                    {{ contacts_in("further_addresses") }}
                                )
                        end as contacts,
                        phone,
                        said_at,
                        export_date,
                        file_id,
                        row_number
                    from dated
                    where
                        is_refusal
                        {{ "and first_yes_date <= export_date" if is_permission }}
                        or not is_refusal
                        and not is_gone
                ),

                -- who is meant by a no beside no address: all that the record ever had
                addressed as (
                    select distinct record_key, {{ clean_email("address") }} as contacts
                    from {{ relation }}
                    where {{ clean_email("address") }} is not null
                ),

                unaddressed as (
                    select
                        dated.record_key,
                        '{{ kind }}' as kind,
                        true as is_refusal,
                        addressed.contacts,
                        cast(null as string) as phone,
                        dated.said_at,
                        dated.export_date,
                        dated.file_id,
                        dated.row_number
                    from dated
                    inner join addressed using (record_key)
                    where
                        dated.is_refusal and {{ clean_email("dated.address") }} is null
                        {{ "and dated.first_yes_date <= dated.export_date" if is_permission }}
                )

                {{ contacts_of("statements", table_name) }}
            union
            {{ contacts_of("unaddressed", table_name) }}
        ) as told
{%- endmacro %}

{# Of events at an email service. `relation` has every delivered row: event, address,
   bounce_type, reason, said_at and lineage(). A mail that the service no longer sends says
   why: nobody knows better who left. What an unknown event seems to say is taken as said. #}
{% macro mail_opt_outs(source_name, relation, table_name) -%}
    select *
    from
        (
            with
                events as (
                    select
                        told.*,
                        vocabulary.event_name,
                        lower(
                            trim({{ without_invisible("event") }})
                        ) as vendor_event_name
                    from {{ relation }} as told
                    left join
                        {{ ref("email_event_names") }} as vocabulary
                        on vocabulary.source = '{{ source_name }}'
                        and vocabulary.vendor_event_name
                        = lower(trim({{ without_invisible("event") }}))
                ),

                statements as (
                    select
                        cast(null as string) as record_key,
                        case
                            when event_name in ('unsubscribe', 'complaint')
                            then event_name
                            when
                                event_name = 'bounce'
                                and {{ bounce_kind("bounce_type") }} = 'hard'
                            then 'hard_bounce'
                            when event_name = 'dropped'
                            then {{ reason_of_drop("reason") }}
                            when coalesce(vendor_event_name, '') = ''
                            then 'unreadable_withdrawal'
                            when event_name is null
                            then {{ opt_out_by_name("vendor_event_name") }}
                        end as kind,
                        true as is_refusal,
                        {{ contacts_in("address") }} as contacts,
                        cast(null as string) as phone,
                        said_at,
                        export_date,
                        file_id,
                        row_number
                    from events
                    where
                        event_name is null
                        or event_name
                        in ('unsubscribe', 'complaint', 'bounce', 'dropped')
                ),

                noes as (select * from statements where kind is not null)

                {{ contacts_of("noes", table_name) }}
        ) as told
{%- endmacro %}

{# Why a service did not send: null where it had nothing against the address. Where nobody
   says why, in doubt, because the person left. #}
{% macro reason_of_drop(reason) -%}
    {%- set why = "lower(coalesce(" ~ reason ~ ", ''))" -%}
    case
        when {{ matches(why, "quota|header|template|content|too large|size|rate") }}
        then null
        when {{ matches(why, "spam|complain|abuse") }}
        then 'complaint'
        when {{ matches(why, "bounce|invalid") }}
        then 'hard_bounce'
        else 'unsubscribe'
    end
{%- endmacro %}

{# What an event that our vocabulary lacks says by its name; text messages are not ours. #}
{% macro opt_out_by_name(event_name) -%}
    case
        when {{ matches(event_name, "sms|text message") }}
        then null
        when {{ matches(event_name, "unsub|opt.?out|opted.?out") }}
        then 'unsubscribe'
        when {{ matches(event_name, "spam|complain|abuse") }}
        then 'complaint'
        when {{ matches(event_name, "hard.?bounce|bounced?.?hard|^cleaned$") }}
        then 'hard_bounce'
    end
{%- endmacro %}

{# Of rows that cannot be read and may say no. `relation` has the text that names people, and
   lineage(). #}
{% macro unreadable_opt_outs(relation, table_name) -%}
    select *
    from
        (
            with
                statements as (
                    select
                        cast(null as string) as record_key,
                        'unreadable_withdrawal' as kind,
                        true as is_refusal,
                        {{ contacts_in("named") }} as contacts,
                        cast(null as string) as phone,
                        cast(null as {{ timestamp_type() }}) as said_at,
                        export_date,
                        file_id,
                        row_number
                    from {{ relation }}
                )

                {{ contacts_of("statements", table_name) }}
        ) as told
{%- endmacro %}

{# The rows that could not be loaded, of tables that can say no, but for those that clearly
   say something else by the words of their source. #}
{% macro refused_rows_in_doubt() -%}
    (
        select
            rows.source,
            rows.table_name,
            rows.raw_text as named,
            rows.export_date,
            rows.file_id,
            rows.row_number
        from {{ source("nightpost", "refused_rows") }} as rows
        left join {{ ref("refused_row_words") }} as words using (source, table_name)
        where
            not coalesce(
                {{ matches_pattern("lower(rows.raw_text)", "words.harmless") }}, false
            )
            or coalesce(
                {{ matches_pattern("lower(rows.raw_text)", "words.refusing") }}, false
            )
    )
{%- endmacro %}

{# Where a row stands, as statements carry it. #}
{% macro lineage() -%}
    _export_date as export_date,
    _file_id as file_id,
    _row_number as row_number,
    coalesce(_is_replaced, false) as is_replaced
{%- endmacro %}

{# One row per contact that a statement names, and one with none. A phone counts only in a
   row without an address: a household's would silence everybody in it. A time of more than
   a day after the file was exported is none. #}
{% macro contacts_of(statements, table_name) -%}
    select distinct
        '{{ table_name }}' as table_name,
        record_key,
        kind,
        is_refusal,
        email,
        case when email is null then phone end as phone,
        case
            when said_at < cast(export_date + 2 as {{ timestamp_type() }}) then said_at
        end as said_at,
        export_date,
        file_id,
        row_number
    from
        (
            select
                *,
                max(case when email is not null then 1 else 0 end) over (
                    partition by file_id, row_number
                ) as has_address,
                max(
                    case when coalesce(email, phone) is not null then 1 else 0 end
                ) over (partition by file_id, row_number) as has_contact
            from
                (
                    select
                        record_key,
                        kind,
                        is_refusal,
                        contact,
                        {{ clean_email("contact") }} as email,
                        case
                            when length({{ clean_phone("contact") }}) >= 9
                            then {{ clean_phone("contact") }}
                        end as phone,
                        said_at,
                        export_date,
                        file_id,
                        row_number
                    from
                        (
                            select
                                *,
                                {{
                                    explode_text(
                                        "concat_ws(';', '', coalesce(phone, ''), contacts)",
                                        ";",
                                    )
                                }}
                                as contact
                            from {{ statements }}
                        ) as exploded
                ) as contacts
        ) as addressed
    where
        email is not null
        or phone is not null
        and (has_address = 0 or not is_refusal)
        or contact = ''
        and (record_key is not null or has_contact = 0)
{%- endmacro %}
