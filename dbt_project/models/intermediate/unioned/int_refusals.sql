-- Grain: one row per no: a record or the source alone, a kind, a contact point and the
-- time at which it was said; said again, it is the same. What took it back, if anything
-- of its own source did; a grant in a ledger does so in the gate, because it is younger
-- or not. The rules stand in models/intermediate/README.md.
with
    noes as (
        select
            source,
            table_name,
            record_key,
            kind,
            email,
            phone,
            contact,
            said_at,
            coalesce(record_key, concat('any of ', table_name)) as record,
            min(export_date) as first_export_date,
            max(export_date) as last_export_date,
            min(file_id) as first_file_id
        from {{ ref("int_opt_outs_unioned") }}
        where is_refusal
        group by source, table_name, record_key, kind, email, phone, contact, said_at
    ),

    identified as (
        select
            *,
            concat_ws(
                '/',
                source,
                table_name,
                kind,
                coalesce(record_key, ''),
                coalesce(email, phone, ''),
                coalesce(cast(said_at as string), '')
            ) as refusal_id
        from noes
    ),

    -- a no that names no record is answered by any record with that contact
    yeses as (
        select distinct
            source, record_key as record, contact, said_at, export_date, file_id
        from {{ ref("int_opt_outs_unioned") }}
        where not is_refusal and record_key is not null
        union
        select
            source,
            concat('any of ', table_name) as record,
            contact,
            said_at,
            export_date,
            file_id
        from {{ ref("int_opt_outs_unioned") }}
        where not is_refusal and contact <> ''
    ),

    lifting as (
        select
            identified.refusal_id,
            case when identified.said_at is not null then yeses.said_at end as said_at,
            yeses.export_date,
            yeses.file_id,
            row_number() over (
                partition by identified.refusal_id
                order by
                    yeses.export_date nulls last,
                    yeses.said_at nulls last,
                    yeses.file_id nulls last
            ) as place
        from identified
        inner join yeses using (source, record, contact)
        where
            case
                when identified.said_at is null or yeses.said_at is null
                then yeses.export_date > identified.last_export_date
                else
                    {{ to_second("yeses.said_at") }}
                    > {{ to_second("identified.said_at") }}
            end
    )

select
    identified.refusal_id,
    identified.source,
    identified.table_name,
    identified.record_key,
    identified.kind,
    identified.email,
    identified.phone,
    identified.contact,
    identified.kind = 'unreadable_withdrawal' as is_from_everything,
    identified.said_at,
    -- a flag that was up when a file was made was up until then, and an undated no was
    -- said by then
    case
        when identified.kind in ('unsubscribe', 'complaint', 'hard_bounce')
        then
            coalesce(
                identified.said_at, {{ end_of_day("identified.last_export_date") }}
            )
        else {{ end_of_day("identified.last_export_date") }}
    end as refused_at,
    identified.first_export_date,
    identified.last_export_date,
    identified.first_file_id,
    coalesce(lifting.said_at, {{ end_of_day("lifting.export_date") }}) as lifted_at,
    lifting.file_id as lifted_by_file_id
from identified
left join lifting on lifting.refusal_id = identified.refusal_id and lifting.place = 1
