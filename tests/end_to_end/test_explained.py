"""Why somebody is in a segment of the demo's night or not, asked of every segment."""

from pathlib import Path

from orchestration.home.published import published_tables
from orchestration.home.settings import read_settings
from orchestration.looking.explained import explained, query_of
from tests.end_to_end.conftest import Runner, listed_segments

OF_EACH = 3


def test_all_conditions_together_are_membership(finished_home: Path) -> None:
    """For members, and for those who missed it: the first by id of each."""
    settings = read_settings(finished_home)
    with published_tables(settings) as (published, night):
        for segment in sorted(listed_segments()):
            name, query = query_of(settings, night, segment)
            asked = night.execute(
                "select profile_id, caught.profile_id is not null as is_member "
                "from marts.profiles "
                f"left join segments.{name} as caught using (profile_id) "
                "qualify row_number() over (partition by is_member order by profile_id) "
                f"<= {OF_EACH}"
            ).fetchall()
            for profile_id, is_member in asked:
                told = explained(night, published, name, query, profile_id)
                parts = [one for one in told.parts if one.name == "the segment"]

                assert told.is_member == is_member, (segment, profile_id)
                assert any(one.holds for one in parts) == is_member, (
                    segment,
                    profile_id,
                )
            assert len(asked) > OF_EACH, segment


def test_the_command_says_why_and_who_is_nobody(
    finished_home: Path, run: Runner
) -> None:
    with published_tables(read_settings(finished_home)) as (_, night):
        (member,) = night.execute(
            "select min(profile_id) from segments.seg_cart_abandoners"
        ).fetchone() or ("",)
    told = run(finished_home, "explain", "cart_abandoners", member)
    nobody = run(finished_home, "explain", "cart_abandoners", "nobody@mail.example")
    other = run(finished_home, "explain", "no_such_segment", member)

    assert told.code == 0, told.output
    assert f"{member}, on the night of 2026-04-05: in it" in told.output
    assert "yes   cart_status = 'open'" in told.output
    assert "last_changed_at < '2026-04-04 23:00:00'" in told.output
    assert nobody.code == other.code == 2
    assert "Nobody on the published night" in nobody.output
    assert "There is no segment seg_no_such_segment" in other.output
