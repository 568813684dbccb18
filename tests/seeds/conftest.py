"""One small demo for all tests of the generator, and readers that share no code."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seeds.demo import DemoReceipt, generate

PEOPLE, DAYS, LAST_DAY = 400, 14, date(2026, 4, 5)


@dataclass(frozen=True)
class Demo:
    """A written demo: its folders and its receipt."""

    inbox: Path
    facts: Path
    receipt: DemoReceipt

    def rows(self, table: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Give (drop, row) for every CSV row, in the order of delivery."""
        for path in sorted((self.inbox / table).glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    yield path.name[:10], row

    def lines(self, table: str) -> Iterator[tuple[str, Any]]:
        """Give (drop, value) for every JSON line, in the order of delivery."""
        for path in sorted((self.inbox / table).glob("*.jsonl")):
            with path.open(encoding="utf-8") as file:
                for line in file:
                    yield path.name[:10], json.loads(line)

    def truth(self, name: str) -> pd.DataFrame:
        """Return one table of the truth."""
        return pd.read_parquet(self.facts / f"{name}.parquet")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("demo")
    inbox, facts = home / "inbox", home / "demo_truth"
    receipt = generate(inbox, facts, people=PEOPLE, days=DAYS, last_day=LAST_DAY)
    return Demo(inbox, facts, receipt)
