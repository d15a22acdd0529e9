"""IDX files: what is written is read, and whatever is damaged is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gda_bench.api import UserError
from gda_tasks import idx

ARRAY = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content, 1))
    return path


@given(array=arrays(np.uint8, array_shapes(max_dims=4, max_side=6, min_side=0)))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, array: np.ndarray) -> None:
    path = write(tmp_path_factory.mktemp("idx") / "a.gz", idx.encode(array))
    back = idx.read_gz(path, array.ndim)
    assert back.dtype == np.uint8
    np.testing.assert_array_equal(back, array)


@given(cut=st.integers(0, len(idx.encode(ARRAY)) - 1))
def test_content_cut_short_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    refused(write(tmp_path_factory.mktemp("idx") / "a.gz", idx.encode(ARRAY)[:cut]))


@given(data=st.data())
def test_a_file_cut_short_is_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = write(tmp_path_factory.mktemp("idx") / "a.gz", idx.encode(ARRAY))
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    refused(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not IDX"),
        (b"\x89PNG\r\n", "89 50 4e 47"),
        (idx.encode(ARRAY[0]), "00 00 08 02"),
        (b"\0\0\x0d\x03" + idx.encode(ARRAY)[4:], "00 00 0d 03"),
        (idx.encode(ARRAY)[:9], "within its header"),
        (idx.encode(ARRAY) + b"\0", "holds more"),
        (b"\0\0\x08\x03" + b"\xff" * 12 + bytes(100), "holds 100"),
    ],
    ids=["empty", "other format", "other rank", "floats", "header cut", "a byte too many", "absurd sizes"],
)
def test_malformed_content_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    assert says in refused(write(tmp_path / "a.gz", content))


def test_a_file_that_is_not_gzip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(idx.encode(ARRAY))
    assert "gzip" in refused(path)


def test_flipped_bits_are_noticed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gz", idx.encode(ARRAY))
    content = bytearray(path.read_bytes())
    content[-8] ^= 1  # in the checksum
    path.write_bytes(content)
    refused(path)


def refused(path: Path) -> str:
    """Reading is refused in one line that names the file."""
    with pytest.raises(UserError) as problem:
        idx.read_gz(path, 3)
    message = str(problem.value)
    assert str(path) in message
    assert "\n" not in message
    return message
