"""The night's manifest: what was written, from what, and what was held back."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import orjson

from exporters.errors import ManifestIncompleteError
from exporters.files import FileReceipt, write_file
from exporters.waterfall import Waterfall, check_sums

MANIFEST_PATH = "manifest.json"


def write_manifest(
    out_dir: Path,
    night: Mapping[str, object],
    *,
    files: Iterable[FileReceipt],
    waterfalls: Iterable[Waterfall],
) -> Path:
    """Write ``out_dir/manifest.json`` and return its path; call it last.

    ``night`` holds the caller's facts (run_id, as_of_date, as_of_at, hashes, sources,
    held_back: a list of {kind, name, reason}) and is written beside ``files`` and
    ``segments``. Keys are sorted, except in a waterfall, which is read from the top.

    Raises:
        SumMismatchError: a waterfall does not add up.
        ManifestIncompleteError: a file is not listed, has another size, or a failed
            template has no entry in held_back.
        FileNotWrittenError: the system refused; no half file is left behind.

    """
    listed = sorted(files)
    segments = {one.segment: one for one in waterfalls}
    _check_files(out_dir, listed)
    for one in segments.values():
        check_sums(one)
        _check_held_back(one, night)
    content = {
        **{key: _sorted(value) for key, value in night.items()},
        "files": [asdict(file) for file in listed],
        "segments": {name: segments[name].as_json() for name in sorted(segments)},
    }
    ordered = {key: content[key] for key in sorted(content)}
    option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | _UTC
    write_file(out_dir, MANIFEST_PATH, [(orjson.dumps(ordered, option=option), 1)])
    return out_dir / MANIFEST_PATH


_UTC = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _sorted(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_sorted(one) for one in value]
    return value


def _check_files(out_dir: Path, listed: list[FileReceipt]) -> None:
    sizes = {file.path: file.bytes for file in listed}
    if len(sizes) != len(listed):
        raise ManifestIncompleteError("manifest: a file is listed twice; list it once.")
    found = {
        path.relative_to(out_dir).as_posix(): path.stat().st_size
        for path in out_dir.rglob("*")
        if path.is_file()
    }
    found.pop(MANIFEST_PATH, None)
    wrong = sorted({path for path, _ in sizes.items() ^ found.items()})
    if wrong:
        raise ManifestIncompleteError(
            f"manifest: the receipts and the folder differ in {', '.join(wrong)}. "
            "Nothing may be published; write the night again into an empty folder."
        )


def _check_held_back(waterfall: Waterfall, night: Mapping[str, object]) -> None:
    entries = night.get("held_back")
    entries = entries if isinstance(entries, list | tuple) else []
    named = any(
        isinstance(entry, Mapping)
        and (entry.get("kind"), entry.get("name")) == ("template", waterfall.segment)
        for entry in entries
    )
    if waterfall.template_failed and not named:
        raise ManifestIncompleteError(
            f"{waterfall.segment}: its template failed, and held_back does not say so."
        )
