"""Fifty people of the demo who tell the shop not to personalise."""

import csv
from pathlib import Path

import duckdb

from seeds.demo.consents import LEDGER_HEADER

COUNT = 50


def plant_refusals(folder: Path, night: str) -> None:
    """Let fifty buyers refuse personalisation on ``night``, and write down who they are.

    ``folder`` holds `inbox` and `demo_truth`; the truth gets `refused.csv`, one address a
    line.
    """
    truth = folder / "demo_truth"
    refused = [
        address
        for (address,) in duckdb.sql(
            f"""
            select emails[1] from '{truth}/people.parquet'
            where len(emails) > 0 and len(kinds) = 0 and person_id in (
                select person_id from '{truth}/orders.parquet'
                where net > 0 and not is_in_future
            )
            order by person_id limit {COUNT}
            """
        ).fetchall()
    ]
    assert len(refused) == COUNT
    with (truth / "refused.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([address] for address in refused)
    ledger = folder / "inbox" / "consent" / "ledger" / f"{night}.csv"
    with ledger.open("a", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, LEDGER_HEADER.split(","), lineterminator="\n")
        rows.writerows(
            {
                "subject": address,
                "channel": "email",
                "purpose": "personalisation",
                "lawful_basis": "consent",
                "status": "withdrawn",
                "event_time": f"{night}T12:00:00+01:00",
                "source": "preference_centre",
                "method": "link",
                "policy_version": "2024-1",
                "proof_reference": f"P-refusal{number}",
                "double_opt_in_time": "",
                "jurisdiction": "GB",
            }
            for number, address in enumerate(refused)
        )
