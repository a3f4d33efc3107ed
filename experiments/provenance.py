"""Where a result comes from: versions, source code, commit, memory."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path

LIBRARIES = ("double-bind", "mesa", "numba", "numpy", "pandas", "pyarrow", "scipy")
_MODEL = Path(__file__).parent.parent / "abm"


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that numbers depend on."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:  # a checkout that was never installed
            found[library] = "not installed"
    return found


@cache
def model_version() -> str:
    """Version of the package and a hash of the model's own text, so that edited rules never pass for the old ones."""
    text = hashlib.blake2b(digest_size=4)
    for path in sorted(_MODEL.rglob("*")):
        if path.suffix in {".py", ".csv"}:
            text.update(path.relative_to(_MODEL).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{versions()['double-bind']}+{text.hexdigest()}"


def commit() -> str | None:
    """The git commit of the source tree, marked when there are changes on top; None outside a checkout."""
    root = _MODEL.parent
    if not (root / ".git").exists():
        return None
    try:
        told = [
            subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=20, check=True)
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        ]
    except (OSError, subprocess.SubprocessError):
        return None
    return told[0].stdout.strip() + (" with changes" if told[1].stdout.strip() else "")


def peak_memory_mb() -> float | None:
    """The most memory that this process has used, megabytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1024.0), 1)


def now() -> str:
    """This moment in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
