"""Bytes → files: all of a run's files or none, each whole or not at all."""

from __future__ import annotations

import contextlib
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
