"""What the files of a night could not take is counted where rejected rows are shown."""

import json
from pathlib import Path

from orchestration.command.refused_exports import show_refused_exports
from orchestration.home.settings import read_settings


def test_refusals_are_counted_by_segment_reason_and_field_and_name_nobody(
    tmp_path: Path,
) -> None:
    settings = read_settings(tmp_path)
    assert show_refused_exports(settings) == "", "nothing was ever published"
    outbox = tmp_path / "outbox" / "runs" / "r"
    outbox.mkdir(parents=True)
    current = {"night": "2026-04-05", "run_id": "r", "outbox": "outbox/runs/r"}
    (tmp_path / "outbox" / "CURRENT").write_text(
        json.dumps({**current, "database": "d"})
    )
    assert show_refused_exports(settings) == "", "nothing was refused"
    (outbox / "rejects.csv").write_text(
        "segment,profile_id,reason,field,value_sha256\n"
        "vip,p_1,unsafe_link,image_url,00\nvip,p_2,unsafe_link,image_url,01\n"
        "all,p_1,null_token,first_name,02\n"
    )

    assert show_refused_exports(settings).splitlines() == [
        "",
        "Refused at export on the night of 2026-04-05:",
        "segment  reason       field       rows",
        "all      null_token   first_name  1",
        "vip      unsafe_link  image_url   2",
    ]
