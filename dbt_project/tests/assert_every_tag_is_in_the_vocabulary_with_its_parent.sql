-- A returned row is a person's tag whose parent tag that person lacks, or a tag of the
-- vocabulary whose parent the vocabulary lacks.
select tags.profile_tag_id as broken
from {{ ref("profile_tags") }} as tags
left join
    {{ ref("profile_tags") }} as parents
    on parents.profile_id = tags.profile_id
    and parents.tag = tags.parent_tag
where tags.parent_tag is not null and parents.tag is null
union all
select vocabulary.tag as broken
from {{ ref("tag_vocabulary") }} as vocabulary
left join {{ ref("tag_vocabulary") }} as parents on parents.tag = vocabulary.parent_tag
where vocabulary.parent_tag <> 'none' and parents.tag is null
