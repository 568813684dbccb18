-- Grain: one row per distinct text of an address in staging, with what it is worth.
with
    judged as (
        select
            email_text,
            email,
            problem,
            -- office+shop@ is the office's too
            {{ replace_all("email", "([+][^@]*)?@.*$", "@") }} as mailbox,
            {{ replace_all("email", "^.*@", "") }} as domain
        from {{ source("cleaned", "emails") }}
    ),

    domains as (select distinct domain from judged where domain is not null),

    -- a disposable service's sub-domains are its own
    disposable as (
        select distinct domains.domain
        from domains
        inner join
            {{ ref("disposable_domains") }} as services
            on concat('.', domains.domain) like concat('%.', services.domain)
    )

select
    judged.email_text,
    judged.email,
    judged.email is not null as is_valid,
    roles.mailbox is not null as is_role,
    disposable.domain is not null as is_disposable,
    judged.problem
from judged
left join {{ ref("role_mailboxes") }} as roles using (mailbox)
left join disposable using (domain)
