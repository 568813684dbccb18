-- Grain: one row per delivered receipt and purpose in it, repeated deliveries included.
-- Only CONFIRMED and OPT_IN are a yes. EXTEND and CHANGE_PREFERENCES decide nothing and
-- are left out; so is the yes of a test receipt.
with
    receipts as (
        select
            trim("id") as receipt_id,
            {{ clean_email('"dataSubjectIdentifier"') }} as email,
            {{ clean_phone('"dataSubjectIdentifier"') }} as phone,
            {{ read_text('"collectionPointName"') }} as consent_source,
            upper({{ json_text("geolocation", "$.country") }}) as jurisdiction,
            coalesce({{ read_boolean('"doubleOptIn"') }}, false) as is_double_opt_in,
            coalesce(
                {{ read_boolean('"test"') }}, {{ read_text('"test"') }} is not null
            ) as is_test,
            coalesce(
                {{ read_boolean('"unsubscribeAll"') }},
                {{ read_text('"unsubscribeAll"') }} is not null
            ) as is_unsubscribed,
            {{ read_instant('"interactionDate"') }} as event_at,
            purposes,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number,
            coalesce(_is_replaced, false) as is_replaced
        from {{ delivered_rows("cmp", "receipts") }}
    ),

    exploded as (
        select receipts.*, {{ explode_json("purposes") }} as purpose_json from receipts
    ),

    statements as (
        select
            receipt_id,
            email,
            phone,
            consent_source,
            jurisdiction,
            is_double_opt_in,
            is_test,
            is_replaced,
            lower({{ json_text("purpose_json", "$.name") }}) as vendor_purpose,
            upper({{ json_text("purpose_json", "$.transactionType") }}) as answer,
            {{ json_text("purpose_json", "$.version") }} as policy_version,
            coalesce({{ json_text("purpose_json", "$.id") }}, '') as purpose_id,
            event_at,
            export_date,
            file_id,
            row_number
        from exploded
        union all
        select
            receipt_id,
            email,
            phone,
            consent_source,
            jurisdiction,
            is_double_opt_in,
            is_test,
            is_replaced,
            'all' as vendor_purpose,
            'UNSUBSCRIBE_ALL' as answer,
            cast(null as string) as policy_version,
            'all' as purpose_id,
            event_at,
            export_date,
            file_id,
            row_number
        from receipts
        where is_unsubscribed
    ),

    named as (
        select
            statements.*,
            -- a purpose that nobody has put into words of ours is one
            coalesce(vocabulary.channel, 'unknown') as channel,
            coalesce(vocabulary.purpose, 'unknown') as purpose,
            case
                when answer in ('CONFIRMED', 'OPT_IN') then 'granted' else 'withdrawn'
            end as status
        from statements
        left join
            {{ ref("consent_purposes") }} as vocabulary
            on vocabulary.source = 'cmp'
            and vocabulary.vendor_purpose = statements.vendor_purpose
        where
            coalesce(vocabulary.purpose, '') <> 'none'
            and coalesce(answer, '') not in ('EXTEND', 'CHANGE_PREFERENCES')
    )

-- a purpose that a receipt names twice in the same words is said once
select distinct
    concat(
        'cmp_',
        substr(
            {{
                sha256(
                    "concat_ws('|', receipt_id, purpose_id, coalesce(vendor_purpose, ''), "
                    "coalesce(policy_version, ''), coalesce(answer, ''), channel, purpose)"
                )
            }},
            1,
            20
        )
    ) as event_id,
    receipt_id,
    email,
    phone,
    channel,
    purpose,
    case when status = 'granted' then 'consent' end as lawful_basis,
    status,
    coalesce(consent_source, 'cmp') as consent_source,
    policy_version,
    jurisdiction,
    case
        when status = 'granted' and is_double_opt_in then event_at
    end as double_opt_in_at,
    event_at,
    export_date,
    file_id,
    row_number
from named
-- an anonymous receipt is about nobody whom we could write to
where
    (email is not null or phone is not null)
    -- what a replaced file withdrew is withdrawn; what it granted is not granted
    and not ((is_test or is_replaced) and status = 'granted')
