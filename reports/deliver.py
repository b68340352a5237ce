"""Bytes → files: all of a run's files or none, each whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from reports.errors import DeliveryError, os_reason


def publish(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files (relative name → bytes) into ``folder``; on any failure the folder is as it was.

    Everything is first written beside the target and flushed to disk, then moved into place by rename; a file
    that cannot be moved has those before it put back. Raises :class:`DeliveryError`.
    """
    targets = {folder / name: data for name, data in files.items()}
    try:
        made = _make(folder)
        staged = _stage(folder, targets)
    except OSError as error:
        raise _failed(folder, error) from error
    done: list[tuple[Path, Path | None]] = []
    try:
        for target, temporary in staged.items():
            made += _make(target.parent)
            kept = None
            if target.exists():
                kept = temporary.with_suffix(".kept")
                os.link(target, kept)
            temporary.replace(target)
            done.append((target, kept))
    except OSError as error:
        for target, kept in reversed(done):
            if kept:
                kept.replace(target)
            else:
                target.unlink()
        raise _failed(folder, error) from error
    else:
        for _, kept in done:
            if kept:
                kept.unlink()
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
            temporary.with_suffix(".kept").unlink(missing_ok=True)
        for path in reversed(made):
            with contextlib.suppress(OSError):
                path.rmdir()  # stays unless empty
    return list(targets)


GENERATED = ".tongbao.json"  # in an output folder: the hash of every file as it was made
BESIDE = "新稿"  # the folder for what must not replace a person's work


def changed_by_hand(folder: Path, files: Mapping[str, bytes]) -> set[str]:
    """Which of the files a person has changed: they are neither what an earlier run made nor what this one makes."""
    known = _generated(folder)
    return {name for name, data in files.items() if _by_hand(folder / name, known.get(name), data)}


def publish_made(folder: Path, files: Mapping[str, bytes], beside: Mapping[str, bytes]) -> list[Path]:
    """Publish ``files``, and into :data:`BESIDE` what must not replace a person's work; remember what was made.

    Raises :class:`DeliveryError`.
    """
    hashes = _generated(folder) | {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    listed = json.dumps(hashes, ensure_ascii=False, indent=1, sort_keys=True).encode()
    apart = {f"{BESIDE}/{name}": data for name, data in beside.items()}
    return publish(folder, {**files, **apart, GENERATED: listed})[:-1]


def _generated(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / GENERATED).read_text("utf-8"))
        return {str(name): str(value) for name, value in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}  # then every file that differs is taken for a person's


def _by_hand(path: Path, made: str | None, data: bytes) -> bool:
    try:
        there = path.read_bytes()
    except OSError:
        return False
    return there != data and hashlib.sha256(there).hexdigest() != made


def _stage(folder: Path, targets: Mapping[Path, bytes]) -> dict[Path, Path]:
    staged: dict[Path, Path] = {}
    try:
        for target, data in targets.items():
            handle, name = tempfile.mkstemp(prefix=".tongbao-", suffix=".new", dir=folder)
            staged[target] = Path(name)
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            Path(name).chmod(0o644)
    except OSError:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
        raise
    return staged


def _make(folder: Path) -> list[Path]:
    """Create a folder and those above it; returns the ones that were made."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return list(reversed(missing))


def _failed(folder: Path, error: OSError) -> DeliveryError:
    return DeliveryError(
        f"文件无法写入：{os_reason(error)}。",
        where=str(error.filename or folder),
        advice="请核对文件夹的写权限和磁盘空间；原有文件没有改动。",
    )
