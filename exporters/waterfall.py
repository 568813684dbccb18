"""Waterfalls: from everybody selected to every payload, nobody lost on the way.

A waterfall says for one segment how many were selected, excluded and why, how many are
in the audience, and what became of each of those. Both sums must hold.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import duckdb

from exporters.audiences import AudienceReceipt
from exporters.cells import key_refusal_sql
from exporters.errors import SumMismatchError
from exporters.payloads import PayloadReceipt
from exporters.rejects import Reject
from exporters.warehouse import answer


@dataclass(frozen=True)
class Waterfall:
    """Counts of people for one segment.

    ``selected`` = the sum of ``excluded`` + ``audience``; ``audience`` =
    ``lower_priority`` + the sum of ``by_rule`` + ``audience_only`` + ``template_failed`` +
    ``rejected`` + ``payloads``. ``by_rule`` counts whom the contact rules held back, by reason.
    ``planned`` is how many the send plan gives to this segment, ``rejected_for`` counts
    the refused payloads by reason, and ``left_out`` what the others went without.
    """

    segment: str
    selected: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    audience: int = 0
    planned: int = 0
    lower_priority: int = 0
    by_rule: Mapping[str, int] = field(default_factory=dict)
    audience_only: int = 0
    template_failed: int = 0
    rejected: int = 0
    payloads: int = 0
    rejected_for: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)

    def completed(
        self, audience: AudienceReceipt, payload: PayloadReceipt | None
    ) -> "Waterfall":
        """Return it with what was written; ``payload`` is None for a held template.

        Raises:
            SumMismatchError: the files and the tables do not agree.

        """
        if audience.members != self.audience:
            raise _mismatch(
                self.segment, "members.csv", audience.members, self.audience
            )
        whole = replace(
            self,
            template_failed=0 if payload else self.planned,
            rejected=len(payload.rejects) if payload else 0,
            payloads=payload.rows if payload else 0,
            rejected_for=_counted(payload.rejects) if payload else {},
            left_out=_counted(payload.left_out) if payload else {},
        )
        check_sums(whole)
        return whole

    def as_json(self) -> dict[str, object]:
        """Return it as the manifest writes it."""
        return {
            "selected": self.selected,
            "excluded": dict(sorted(self.excluded.items())),
            "audience": self.audience,
            "not_sent": {
                "lower_priority": self.lower_priority,
                **dict(sorted(self.by_rule.items())),
                "audience_only": self.audience_only,
                "template_failed": self.template_failed,
                "rejected": self.rejected,
            },
            "rejected_for": dict(self.rejected_for),
            "payloads": self.payloads,
            "left_out": dict(self.left_out),
        }


def read_waterfalls(
    connection: duckdb.DuckDBPyConnection, segments: Iterable[str] = ()
) -> dict[str, Waterfall]:
    """Return a waterfall per segment, up to tonight's plan.

    ``segments`` are counted even when nobody is in them; others need somebody.

    A person whose key cells cannot be written counts as excluded for that reason.

    Raises:
        WarehouseUnreadableError: DuckDB refused the query.

    """
    refusal = f"split_part({key_refusal_sql('eligibility.')}, ' ', 1)"
    sql = f"""
        select
            segment,
            coalesce(exclusion_reason, {refusal}) as reason,
            case
                when reason is not null or is_planned is null then null
                when is_planned then 'planned'
                when has_mail then loss_reason
                else 'audience_only'
            end as fate,
            count(*)
        from activation.act_eligibility as eligibility
        left join activation.act_send_plan using (segment, profile_id)
        group by all
    """
    waterfalls = {name: Waterfall(name) for name in segments}
    for segment, reason, fate, people in answer(connection, "waterfall", sql):
        name, count = str(segment), int(str(people))
        so_far = waterfalls.get(name, Waterfall(name))
        waterfalls[name] = _with_people(so_far, reason, fate, count)
    return dict(sorted(waterfalls.items()))


def _counted(rejects: Iterable[Reject]) -> dict[str, int]:
    return dict(sorted(Counter(one.reason for one in rejects).items()))


def check_sums(waterfall: Waterfall) -> None:
    """Check both sums.

    Raises:
        SumMismatchError: one does not hold; the sentence says which and by how much.

    """
    one = waterfall
    selected = sum(one.excluded.values()) + one.audience
    if selected != one.selected:
        raise _mismatch(one.segment, "excluded + audience", selected, one.selected)
    not_sent = one.lower_priority + sum(one.by_rule.values())
    not_sent += one.audience_only + one.template_failed
    accounted = not_sent + one.rejected + one.payloads
    if accounted != one.audience:
        raise _mismatch(one.segment, "not sent + payloads", accounted, one.audience)


def _with_people(
    so_far: Waterfall, reason: object, fate: object, count: int
) -> Waterfall:
    whole = replace(so_far, selected=so_far.selected + count)
    if reason is not None:
        known = so_far.excluded.get(str(reason), 0)
        return replace(whole, excluded={**so_far.excluded, str(reason): known + count})
    whole = replace(whole, audience=so_far.audience + count)
    if fate == "planned":
        return replace(whole, planned=so_far.planned + count)
    if fate == "lower_priority":
        return replace(whole, lower_priority=so_far.lower_priority + count)
    if fate == "audience_only":
        return replace(whole, audience_only=so_far.audience_only + count)
    if fate is not None:
        known = so_far.by_rule.get(str(fate), 0)
        return replace(whole, by_rule={**so_far.by_rule, str(fate): known + count})
    return whole  # in nobody's plan: the second sum will not hold, and says so


def _mismatch(segment: str, what: str, found: int, expected: int) -> SumMismatchError:
    return SumMismatchError(
        f"{segment}: {what} counts {found} people where {expected} were expected. "
        "Nothing may be published; compare act_eligibility, act_send_plan and "
        "act_payload_fields for this segment."
    )
