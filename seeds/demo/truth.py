"""The truth tables: what really happened, never shown to the code under test."""

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seeds.demo.drops import private_folder
from seeds.demo.texts import Ints, money

INSTANT = pa.timestamp("us", "UTC")
AMOUNT = pa.decimal128(12, 2)
NAMES = pa.list_(pa.string())


class TruthWriter:
    """Appends blocks to ``<name>.parquet`` files, then publishes them by renaming."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._work = folder.parent / f".{folder.name}.demo"
        self._writers: dict[str, pq.ParquetWriter] = {}
        shutil.rmtree(self._work, ignore_errors=True)
        private_folder(self._work)

    def append(self, name: str, columns: dict[str, pa.Array]) -> None:
        """Append rows to the table ``name``; the first call fixes its columns."""
        table = pa.table(columns)
        if name not in self._writers:
            path = self._work / f"{name}.parquet"
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            self._writers[name] = pq.ParquetWriter(path, table.schema)
        self._writers[name].write_table(table)

    def publish(self) -> None:
        """Finish every table and rename it into its folder."""
        private_folder(self._folder)
        for name, writer in sorted(self._writers.items()):
            writer.close()
            path = self._work / f"{name}.parquet"
            path.replace(self._folder / path.name)
        shutil.rmtree(self._work)


def instants(seconds: Ints, never: int) -> pa.Array:
    """Return instants as UTC timestamps, null from ``never`` on."""
    values = pa.array(seconds * 1_000_000, mask=seconds >= never)
    return values.cast(INSTANT)


def days(numbers: Ints) -> pa.Array:
    """Return day numbers as dates."""
    return pa.array(numbers.astype("int32")).cast(pa.date32())


def amounts(pence: Ints) -> pa.Array:
    """Return hundredths as exact decimals with two places."""
    return money(pence).cast(AMOUNT)
