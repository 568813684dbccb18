"""Where a night happens and what it was configured with; the only reader of the environment.

Business settings live in `dbt_project/dbt_project.yml` (`vars:`), next to the rules that use
them. The environment says only where (`NIGHTPOST_HOME`) and holds the one secret.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import cast

import yaml

from orchestration.home.files import private_folder, write_atomically

REPOSITORY = Path(__file__).resolve().parent.parent.parent
UNSUBSCRIBE_KEY_BYTES = 32
TARGETS = ("duckdb", "spark")


class SettingsError(Exception):
    """The configuration cannot be used; the message says what to change."""


@dataclass(frozen=True)
class Settings:
    """One home and one dbt project, with every path that a night uses."""

    home: Path
    project_dir: Path
    templates: Path
    # whether a command needs `--home` to find this home again
    home_is_named: bool = field(default=False, compare=False)

    @property
    def seeds(self) -> Path:
        """The reference seeds, which lie beside the dbt project."""
        return self.project_dir.parent / "seeds" / "reference"

    @property
    def warehouse(self) -> Path:
        """The working warehouse: one night, made anew by every run."""
        return self.home / "warehouse" / "nightpost.duckdb"

    @property
    def history(self) -> Path:
        """What nights keep from each other by file; can be made anew from raw/."""
        return self.warehouse.with_name("nightpost_history.duckdb")

    @property
    def notes(self) -> Path:
        """What the steps of a night tell each other."""
        return self.home / "warehouse" / "night.json"

    @property
    def target(self) -> str:
        """The engine that computes dbt's models: an output of profiles.yml.

        Raises:
            SettingsError: there is none of that name.
        """
        target = os.environ.get("NIGHTPOST_TARGET") or "duckdb"
        if target not in TARGETS:
            raise SettingsError(
                f"There is no target `{target}`; a night is computed by "
                f"{' or '.join(TARGETS)} (--target, NIGHTPOST_TARGET)."
            )
        return target

    @property
    def spark_host(self) -> str:
        """Where Spark's Thrift server is."""
        return os.environ.get("NIGHTPOST_SPARK_HOST") or "127.0.0.1"

    @property
    def spark_port(self) -> int:
        """The Thrift server's port."""
        return int(os.environ.get("NIGHTPOST_SPARK_PORT") or "10000")

    @property
    def lake(self) -> Path:
        """Where Spark's tables lie, a folder that every worker reaches by this path."""
        return from_environment("NIGHTPOST_SPARK_LAKE", self.home / "lake")

    @property
    def outbox(self) -> Path:
        """What leaves the house, a folder a night."""
        return self.home / "outbox"

    @property
    def published(self) -> Path:
        """Databases of the nights that readers may see."""
        return self.home / "published"

    @property
    def state(self) -> Path:
        """What later nights must know."""
        return self.home / "state"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage."""
        return self.home / "dagster"

    @property
    def dbt_target(self) -> Path:
        """Dbt's parsed project and compiled SQL."""
        return (
            self.home / "dbt" / ("target" if self.target == "duckdb" else self.target)
        )

    @property
    def dbt_logs(self) -> Path:
        """Dbt's logs."""
        return self.home / "dbt" / "logs"

    @cached_property
    def variables(self) -> Mapping[str, object]:
        """The `vars:` of dbt_project.yml."""
        path = self.project_dir / "dbt_project.yml"
        try:
            project = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise SettingsError(
                f"{path} cannot be read ({type(error).__name__}); nothing can run without it."
            ) from None
        return cast(Mapping[str, object], project.get("vars", {}))

    def variable(self, name: str) -> str:
        """Return one of the `vars:` as text.

        Raises:
            SettingsError: it is not there.
        """
        if name not in self.variables:
            raise SettingsError(
                f"dbt_project.yml has no var `{name}`; add it under `vars:`."
            )
        return str(self.variables[name])

    @property
    def business_time_zone(self) -> str:
        """IANA name of the time zone in which a night ends."""
        return self.variable("business_time_zone")

    @property
    def first_night(self) -> date:
        """The oldest night that can be run."""
        return date.fromisoformat(self.variable("first_night"))

    @property
    def segment_models(self) -> tuple[str, ...]:
        """The segment models in priority order."""
        listed = cast(list[str], self.variables.get("segment_priority", []))
        return tuple(listed)

    @property
    def settle_seconds(self) -> float:
        """How long a file without a sidecar must stay unchanged before it is taken."""
        return float(self.variable("arrival_settle_seconds"))

    def unsubscribe_key(self) -> bytes:
        """Return the secret that signs unsubscribe links, made once per home.

        `NIGHTPOST_UNSUBSCRIBE_KEY` (any text) wins; else `keys/unsubscribe.key`. Links in
        mails that are already out stop working when it changes.
        """
        if given := os.environ.get("NIGHTPOST_UNSUBSCRIBE_KEY"):
            return given.encode("utf-8")
        path = self.home / "keys" / "unsubscribe.key"
        if not path.exists():
            private_folder(path.parent)
            write_atomically(
                path, secrets.token_hex(UNSUBSCRIBE_KEY_BYTES).encode("ascii")
            )
        return path.read_bytes().strip()

    def message_key(self, night: date) -> str:
        """Return the key of the night's message ids: one a night, made from the home's.

        It signs nothing else, and tells nothing of the home's key or of another night's.
        """
        words = f"v1|message|{night.isoformat()}".encode()
        return hmac.digest(self.unsubscribe_key(), words, hashlib.sha256).hex()


def read_settings(home: Path | None = None) -> Settings:
    """Return the settings for ``home``, or for `NIGHTPOST_HOME`, or for `./data`.

    `./data` is the folder `data` of wherever the command was started.
    `NIGHTPOST_PROJECT_DIR` and `NIGHTPOST_TEMPLATES_DIR` name another dbt project and
    other templates than the repository's.
    """
    unnamed = from_environment("NIGHTPOST_HOME", Path("data")).expanduser().resolve()
    chosen = home.expanduser().resolve() if home else unnamed
    project = from_environment("NIGHTPOST_PROJECT_DIR", REPOSITORY / "dbt_project")
    templates = from_environment(
        "NIGHTPOST_TEMPLATES_DIR", REPOSITORY / "exporters" / "templates"
    )
    return Settings(
        home=chosen,
        project_dir=project.resolve(),
        templates=templates.resolve(),
        home_is_named=chosen != unnamed,
    )


def from_environment(name: str, default: Path) -> Path:
    """Return the folder that the environment names, or ``default``."""
    return Path(os.environ.get(name) or default)


def environment_value(name: str, default: str) -> str:
    """Return a variable that a dbt project of the user's own reads."""
    return os.environ.get(name, default)


def export_environment(settings: Settings) -> None:
    """Tell Dagster, dbt and every process started from here which home is meant."""
    os.umask(0o077)
    os.environ["NIGHTPOST_HOME"] = str(settings.home)
    os.environ["NIGHTPOST_WAREHOUSE"] = str(settings.warehouse)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ["NIGHTPOST_DAGSTER_EVENTS"] = str(settings.dagster_home / "events")
    os.environ["DO_NOT_TRACK"] = "1"


@contextmanager
def computed_by(target: str) -> Iterator[None]:
    """Let another engine compute dbt's models for a while."""
    before = os.environ.get("NIGHTPOST_TARGET", "")
    os.environ["NIGHTPOST_TARGET"] = target
    try:
        yield
    finally:
        os.environ["NIGHTPOST_TARGET"] = before


def use_target(target: str) -> None:
    """Let the engine ``target`` compute dbt's models from here on."""
    os.environ["NIGHTPOST_TARGET"] = target


def set_night(
    night: date,
    held_segments: tuple[str, ...] = (),
    rules: str = "",
    message_key: str = "",
) -> None:
    """Hand the night, and the segments that it holds back, to dbt's models.

    ``rules`` is the digest of what decides a file's events: with another one, what earlier
    nights have processed is processed again. ``message_key`` makes the night's message ids.
    """
    os.environ["NIGHTPOST_AS_OF"] = night.isoformat()
    os.environ["NIGHTPOST_RULES"] = rules
    os.environ["NIGHTPOST_MESSAGE_KEY"] = message_key
    os.environ["NIGHTPOST_HELD_SEGMENTS"] = ",".join(held_segments)
