"""In which encoding a text file is written: UTF-8, or what its bytes show and a note says, or what a person states."""

from __future__ import annotations

import codecs
import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path

from psaindicators.errors import SurveyError
from psaindicators.files.private_folder import private_folder

PIECE = 1 << 18
"""Bytes that are looked at together: no more than a processor keeps at hand."""
UTF_8, WINDOWS = "utf-8", "cp1252"
CALLED = {WINDOWS: "Windows-1252", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
SAVE, SETTLES = "save it as CSV UTF-8", "an encoding that is stated settles it"
GZIP = b"\x1f\x8b"
MARKS = {b"\xef\xbb\xbf": UTF_8, b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_numbers = count(1)


@dataclass(frozen=True)
class Encoded:
    """A text file's encoding, by Python's name for it, and what a reader should know of how it was found.

    `size` and `last` are the bytes of its text, unpacked, and the last of them.
    """

    encoding: str
    note: str
    size: int
    last: bytes

    @property
    def is_utf_8(self) -> bool:
        return codecs.lookup(self.encoding).name in {"utf-8", "utf-8-sig", "ascii"}


def is_packed(path: Path) -> bool:
    """Return whether a file is compressed by gzip, by its first bytes."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


def encoding_of(path: Path, stated: str | None = None, *, remedy: str = SETTLES) -> Encoded:
    """Return a text file's encoding: the one stated, or what its mark or all its bytes show.

    A file that is not UTF-8 is taken for Windows-1252, which a note says. Raises SurveyError where it is neither, or
    both, and for a compressed file that is damaged.
    """
    return _found(path, stated, remedy, _stamp(path))


def as_utf_8(path: Path, encoded: Encoded) -> Path:
    """Return the file itself where it is UTF-8, else a copy of it in UTF-8, which ends with this process.

    Raises SurveyError where the text is not in the encoding that was stated.
    """
    return path if encoded.is_utf_8 else _copied(path, encoded.encoding, _stamp(path))


def decoded(path: Path) -> tuple[str, str]:
    """Return a small file's text without its mark, and the note on its encoding.

    Raises SurveyError as `encoding_of`.
    """
    encoded = encoding_of(path, remedy=SAVE)
    try:
        return path.read_bytes().decode(encoded.encoding).removeprefix("\ufeff"), encoded.note
    except UnicodeDecodeError:
        raise _not_in(path, encoded.encoding) from None


def _not_in(path: Path, encoding: str) -> SurveyError:
    return SurveyError(f"{path.name} is not in the encoding {CALLED.get(encoding, encoding)}")


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


@lru_cache(maxsize=64)
def _found(path: Path, stated: str | None, remedy: str, _stamp: tuple[int, int]) -> Encoded:
    pieces = _Pieces(path)
    start = next(pieces, b"")
    encoding = stated or next((name for mark, name in MARKS.items() if start.startswith(mark)), _without_mark(start))
    if encoding not in (None, UTF_8):
        note = "" if stated else f"{path.name} was read as {CALLED[encoding]}"
    elif _is_utf_8(pieces, start):
        encoding, note = UTF_8, ""
    elif encoding == UTF_8:
        raise SurveyError(f"{path.name} says that it is UTF-8, and is not throughout: it is damaged; copy it again")
    else:
        _check_windows(path, remedy)
        encoding, note = WINDOWS, f"{path.name} is not UTF-8 and was read as Windows-1252; {remedy}"
    for _ in pieces:
        pass
    return Encoded(encoding, note, pieces.size, pieces.last)


def _without_mark(start: bytes) -> str | None:
    """Return UTF-16 where most of every other one of the first bytes are zero, as where the letters are Latin."""
    even, odd = (part.count(0) / max(len(part), 1) for part in (start[:200:2], start[1:200:2]))
    return "utf-16-le" if even < 0.1 and odd > 0.7 else "utf-16-be" if odd < 0.1 and even > 0.7 else None


def _is_utf_8(pieces: Iterator[bytes], start: bytes) -> bool:
    decoder = codecs.getincrementaldecoder(UTF_8)()
    piece = start
    pending = False
    try:
        while piece:
            if pending or not piece.isascii():
                decoder.decode(piece)
                pending = bool(decoder.getstate()[0])
            piece = next(pieces, b"")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _check_windows(path: Path, remedy: str) -> None:
    """Raise SurveyError where a file that is not UTF-8 cannot be Windows-1252 either, or is UTF-8 in places."""
    latin, utf_8 = codecs.getincrementaldecoder(WINDOWS)(), codecs.getincrementaldecoder(UTF_8)("surrogateescape")
    for piece in _Pieces(path):
        try:
            latin.decode(piece)
        except UnicodeDecodeError:
            raise SurveyError(f"{path.name} is neither UTF-8 nor Windows-1252; {remedy}") from None
        if any(ord(one) > 127 and not "\udc80" <= one <= "\udcff" for one in utf_8.decode(piece)):
            raise SurveyError(
                f"{path.name} is UTF-8 in some places and not in others: it was put together from two files, or is "
                f"damaged; {', or '.join(dict.fromkeys([SAVE, remedy]))}"
            )


@lru_cache(maxsize=64)
def _copied(path: Path, encoding: str, _stamp: tuple[int, int]) -> Path:
    copy = private_folder() / f"{os.getpid()}-{next(_numbers)}.txt"
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with copy.open("w", encoding=UTF_8, newline="") as file:
            for piece in _Pieces(path):
                file.write(decoder.decode(piece))
            file.write(decoder.decode(b"", final=True))
    except UnicodeDecodeError:
        copy.unlink()
        raise _not_in(path, encoding) from None
    return copy


class _Pieces:
    """A file's text in pieces, unpacked, with the bytes so far and the last of them.

    Raises SurveyError where a compressed file breaks off or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.size, self.last = 0, b"\n"
        self._rest = self._read(path)

    def __iter__(self) -> Iterator[bytes]:
        return self._rest

    def __next__(self) -> bytes:
        return next(self._rest)

    def _read(self, path: Path) -> Iterator[bytes]:
        try:
            with gzip.open(path) if is_packed(path) else path.open("rb", buffering=0) as file:
                while piece := file.read(PIECE):
                    self.size, self.last = self.size + len(piece), piece[-1:]
                    yield piece
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise SurveyError(
                f"{path.name} is compressed, and breaks off or is damaged ({error}); copy it again"
            ) from None
