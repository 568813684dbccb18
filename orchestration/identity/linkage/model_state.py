"""Which linkage model serves a night: the newest promoted one of a night before it.

`state/linkage_models/night=<D>/model.json` holds the promoted model trained on night D,
`candidate.json` one that was not better. Where there is none, the base model serves, so
the first night and a small shop have one, too.
"""

import json
from datetime import date
from pathlib import Path

from orchestration.home.files import private_folder, write_atomically
from orchestration.home.settings import Settings
from orchestration.identity.linkage.linkage_model import (
    LinkageModel,
    base_model,
    read_model,
)

FOLDER, PROMOTED, CANDIDATE = "linkage_models", "model.json", "candidate.json"


def model_of(settings: Settings, night: date) -> LinkageModel:
    """Return the model with which ``night`` compares.

    Raises:
        ModelDamagedError: the newest one cannot be read.
    """
    folder = settings.state / FOLDER
    nights = sorted(
        (date.fromisoformat(path.parent.name.partition("=")[2]), path)
        for path in folder.glob(f"night=*/{PROMOTED}")
    )
    earlier = [path for day, path in nights if day < night]
    if not earlier:
        return base_model()
    return read_model(earlier[-1].read_text(encoding="utf-8"))


def keep_model(
    settings: Settings, night: date, model: LinkageModel, *, is_promoted: bool
) -> Path:
    """Write the model trained on ``night``; only a promoted one serves later nights."""
    folder = settings.state / FOLDER / f"night={night.isoformat()}"
    private_folder(folder)
    path = folder / (PROMOTED if is_promoted else CANDIDATE)
    text = json.dumps(model.plain(), indent=1, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode("utf-8"))
    (folder / (CANDIDATE if is_promoted else PROMOTED)).unlink(missing_ok=True)
    return path
