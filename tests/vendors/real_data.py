"""Real files that stand beside the repository and never in it."""

import os
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

FOLDER = REPOSITORY.parent / "shared" / "data"


def real_file(path: str) -> Path:
    """Return a real file; a test without it is skipped, and fails in CI."""
    file = FOLDER / path
    if not file.is_file():
        reason = f"the real data is missing: {file}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return file
