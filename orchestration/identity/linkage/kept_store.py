"""What nights before have worked out for the linkage, in a database beside the warehouse.

It holds hashes and weights, nobody's values: which content each record's text has, in
which blocks a content stands, and what pairs weigh. With or without it the night's links
are the same: it is begun anew wherever the model, the code or the engine is another, and
a night changes it in one transaction.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.home.files import FILE_MODE
from orchestration.home.fingerprints import files_digest
from orchestration.home.settings import REPOSITORY
from orchestration.home.tables import literal
from orchestration.identity.linkage.blocking import Rule
from orchestration.identity.linkage.linkage_model import LinkageModel

PREFIX, STORE = "linkage", "kept"
TABLES = {
    # (raw_one, raw_other) is a hash of a record's text, id one of what it says
    "raws": "raw_one ubigint, raw_other ubigint, id ubigint",
    "keys": "rule utinyint, block_key ubigint, id ubigint",
    "skipped": "rule utinyint, blocks bigint",
    "made_by": "rules varchar",
}


@contextmanager
def open_store(
    connection: duckdb.DuckDBPyConnection,
    folder: Path | None,
    model: LinkageModel,
    spelling: object,
) -> Iterator[None]:
    """Attach the store of ``folder`` as `kept`; without one it is empty and lost after.

    ``spelling`` is what else decides how a record reads.
    """
    name = f"{PREFIX}-{digest(model, spelling)}.duckdb"
    _attach(connection, folder and folder / name)
    try:
        for table, columns in TABLES.items():
            connection.execute(
                f"create table if not exists {STORE}.{table} ({columns})"
            )
        yield
    finally:
        connection.execute(f"detach {STORE}")
    for outdated in folder.glob(f"{PREFIX}-*") if folder else ():
        if not outdated.name.startswith(name):
            outdated.unlink()


def _attach(connection: duckdb.DuckDBPyConnection, path: Path | None) -> None:
    """Attach the database; one that cannot be read is thrown away."""
    if path is None:
        connection.execute(f"attach ':memory:' as {STORE}")
        return
    attach = f"attach {literal(str(path))} as {STORE}"
    try:
        connection.execute(attach)
    except duckdb.Error:
        for damaged in path.parent.glob(f"{path.name}*"):
            damaged.unlink()
        connection.execute(attach)
    path.chmod(FILE_MODE)


def digest(model: LinkageModel, spelling: object) -> str:
    """Return a short hash of all that decides what the store holds, but the rules."""
    package = Path(__file__).parent
    rules = [*package.glob("*.py"), *package.glob("*.csv")]
    # what cleaning looks up
    rules.append(REPOSITORY / "seeds" / "reference" / "role_mailboxes.csv")
    code = files_digest(rules, REPOSITORY)
    text = repr((model.model_id, spelling, code, duckdb.__version__))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def begin_anew(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> bool:
    """Empty the store where it was made by other ``rules``; return whether it was."""
    now = repr(tuple(rules))
    made_by = connection.execute(f"select rules from {STORE}.made_by").fetchall()
    if made_by == [(now,)]:
        return False
    for table in TABLES:
        connection.execute(f"delete from {STORE}.{table}")
    connection.execute(f"drop table if exists {STORE}.scores")
    connection.execute(f"insert into {STORE}.made_by values (?)", [now])
    return bool(made_by)


def has_scores(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the store holds weights."""
    found = connection.execute(
        "select count(*) from duckdb_tables() "
        f"where database_name = '{STORE}' and table_name = 'scores'"
    ).fetchone()
    return bool(found and found[0])
