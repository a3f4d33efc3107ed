"""Files that are either whole or not there, and Parquet that notices a flipped bit.

A file is written under a hidden temporary name, flushed to the disk, renamed, and the rename is flushed too. Every
Parquet page carries a checksum that is verified when it is read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from abm.errors import ResultsError

PARTIAL = ".partial-"


def partial_name(path: Path, mark: str) -> Path:
    """A hidden sibling of `path` under which it is written before it is renamed."""
    return path.with_name(f".{path.name}{PARTIAL}{mark}")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to; after the block the file appears under its own name, whole, or not at all.

    Raises:
        ResultsError: the file cannot be written.
    """
    temporary = partial_name(path, str(os.getpid()))
    try:
        yield temporary
        flush(temporary)
        os.replace(temporary, path)
        flush(path.parent)
    except OSError as problem:
        raise ResultsError(f"{path} cannot be written: {problem.strerror or problem}.") from problem
    finally:
        temporary.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Make the operating system put a file or a folder on the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder, and keeps its entries by itself
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def arrow_table(frame: pd.DataFrame, columns: Iterable[tuple[str, str, str]] = ()) -> pa.Table:
    """A data frame as an Arrow table whose fields carry the unit and the label of each declared column.

    Args:
        frame: the rows.
        columns: (name, unit, label) of the columns that are declared.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False)
    notes = {name: {"unit": unit, "label": label} for name, unit, label in columns}
    fields = [field.with_metadata(notes[field.name]) if field.name in notes else field for field in table.schema]
    return table.cast(pa.schema(fields, metadata=table.schema.metadata))


def write_table(path: Path, table: pa.Table) -> None:
    """Write one Parquet file with page checksums, whole or not at all."""
    with whole_file(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def read_arrow(path: Path) -> pa.Table:
    """Read one Parquet file and verify its page checksums.

    Raises:
        ResultsError: the file is missing or damaged.
    """
    try:
        return pq.ParquetFile(path, page_checksum_verification=True).read()
    except FileNotFoundError:
        raise ResultsError(f"{path} is missing.") from None
    except (OSError, pa.ArrowException) as problem:
        reason = str(problem).strip().splitlines()[0]
        raise ResultsError(f"{path} is damaged or is no Parquet file: {reason}.") from problem


def read_table(path: Path) -> pd.DataFrame:
    """Read one Parquet file as a data frame, page checksums verified."""
    return read_arrow(path).to_pandas()


def sha256(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
