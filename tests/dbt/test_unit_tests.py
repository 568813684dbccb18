"""dbt's own tests pass: the rules on their boundary rows, and the whole project on nothing."""

from tests.conftest import EmptyBuild


def test_every_model_builds_on_nothing_and_every_dbt_test_passes(
    empty_build: EmptyBuild,
) -> None:
    told = [f"{name}\n{message}" for name, message in empty_build.failures.items()]

    assert not told, (
        f"{len(told)} nodes of the dbt project fail or were skipped. Repeat one with "
        "`dbt test --select <name>`.\n\n" + "\n\n".join(told)
    )


def test_the_unit_tests_were_really_run(empty_build: EmptyBuild) -> None:
    assert len(empty_build.unit_tests) > 60
