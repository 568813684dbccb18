"""Real files that stand beside the repository and never in it.

CONTRIBUTING.md says where each comes from. `NIGHTPOST_REAL_DATA` names their folder; where
it is set, all of them must be there. Else a test that needs one is skipped by its name.
"""

import os
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

VARIABLE = "NIGHTPOST_REAL_DATA"
BESIDE = REPOSITORY.parent / "shared" / "data"


def real_file(path: str) -> Path:
    """Return a real file, or a folder of them; without it the test is skipped or fails."""
    named = os.environ.get(VARIABLE)
    file = (Path(named) if named else BESIDE) / path
    if not file.exists():
        reason = f"{path} of the real files is not here (CONTRIBUTING.md, {VARIABLE})"
        pytest.fail(reason) if named else pytest.skip(reason)
    return file
