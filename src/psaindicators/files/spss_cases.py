"""The cases of an SPSS system file as arrays: NumPy in place of a C reader's call for every value.

The dictionary (names, labels, missing codes) is pyreadstat's to read. A case is so many words of 8 bytes, one for a
number, some for a text. They are stored in three ways: as they are (.sav), as instructions (.sav: a byte for each word,
and the word itself after its eight bytes where none stands for it), or as instructions in zlib blocks (.zsav). The
format is that of the PSPP developers' guide, "System File Format".
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from psaindicators.files.broken import BrokenFile
from psaindicators.files.spss_layout import PLAIN, WORD, ZLIB, Layout, Place, layout_of, zlib_blocks

CHUNK = 1 << 17
"""Bytes that are read at once; as instructions they become at most eight times as many."""
SKIP, END, LITERAL, SPACES, SYSTEM_MISSING = 0, 252, 253, 254, 255
"""The codes that do not stand for a whole number (1 to 251, less the bias)."""
SEGMENT = 255
"""Bytes of each segment of a longer text; its words have one more."""
HOPS = 4
"""How often the way to the next word of codes is doubled."""
ONES = np.uint64(0x0101010101010101)

Words = NDArray[np.uint64]
"""Words as they stand in the file: numbers in its byte order, or bytes of text."""


@dataclass(frozen=True)
class SpssCases:
    """An SPSS file's cases: `rows` were found, and `ends` says whether the file shows that there are no more."""

    path: Path
    layout: Layout
    rows: int
    ends: bool

    def columns(self, numbers: list[int], texts: list[int], encoding: str) -> tuple[NDArray[np.float64], list[Any]]:
        """Return the variables at some positions: numbers (variables, rows) with NaN where missing; arrays of texts.

        Raises BrokenFile where the file is no longer what it was, UnicodeDecodeError for a text not in `encoding`.
        """
        layout, known = self.layout, _Texts(encoding)
        words = [layout.places[i][0].first for i in numbers]
        values = np.empty((len(numbers), self.rows))
        columns = [np.empty(self.rows, dtype=object) for _ in texts]
        begin = 0
        for cases in _cases(self.path, layout):
            cases = cases[: self.rows - begin]
            end = begin + len(cases)
            values[:, begin:end] = _numbers(cases[:, words], layout).T
            for column, i in zip(columns, texts, strict=True):
                column[begin:end] = [known[raw] for raw in _raw_texts(cases, layout.places[i])]
            begin = end
        if begin < self.rows:
            raise BrokenFile("it was changed while it was read")
        return values, columns


def spss_cases(path: Path) -> SpssCases:
    """Return the cases of an SPSS file, counted. Raises BrokenFile where it is damaged or not whole."""
    layout = layout_of(path)
    size, ends = _counted(path, layout)
    rows, over = divmod(size, WORD * layout.words)
    declared = layout.declared
    if declared is None and over:
        raise BrokenFile(f"it breaks off within case {rows + 1:,}")
    if declared is not None and rows < declared:
        raise BrokenFile(f"it declares {declared:,} cases and holds {rows:,}")
    if declared is not None and rows > declared:
        raise BrokenFile(f"it declares {declared:,} cases and holds more")
    return SpssCases(path, layout, rows, ends or declared is not None)


class _Texts(dict[bytes, str]):
    """Texts by their bytes, each decoded once: without padding, nor the first bytes of a character cut in two."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding

    def __missing__(self, raw: bytes) -> str:
        codec = codecs.lookup(self.encoding)
        plain = raw.replace(b"\0", b"") if codec.name == "utf-8" else raw.partition(b"\0")[0]
        self[raw] = text = codecs.getincrementaldecoder(self.encoding)().decode(plain.rstrip(b" "))
        return text


def _numbers(words: Words, layout: Layout) -> NDArray[np.float64]:
    values = words.view(f"{layout.order}f8").astype(np.float64)
    for missing in layout.no_number:
        values[words == missing] = np.nan
    return values


def _raw_texts(cases: Words, places: tuple[Place, ...]) -> list[bytes]:
    """Return each case's text, whose segments of a longer text are put together."""
    segments = [np.ascontiguousarray(cases[:, one.first : one.first + one.words]).view(np.uint8) for one in places]
    if len(segments) > 1:
        segments = [np.hstack([segment[:, :SEGMENT] for segment in segments])]
    texts: list[bytes] = segments[0].view(f"S{segments[0].shape[1]}").ravel().tolist()
    return texts


def _cases(path: Path, layout: Layout) -> Iterator[Words]:
    """Yield whole cases, as words of shape (some, words of a case)."""
    rest = np.empty(0, dtype=np.uint64)
    with path.open("rb") as file:
        for words in _words(file, layout):
            words = np.concatenate([rest, words]) if len(rest) else words
            whole = len(words) // layout.words * layout.words
            yield words[:whole].reshape(-1, layout.words)
            rest = words[whole:]


def _words(file: BinaryIO, layout: Layout) -> Iterator[Words]:
    if layout.compression == PLAIN:
        case = WORD * layout.words
        yield from map(_as_words, _chunks(file, layout.begin, max(1, CHUNK // case) * case))
        return
    table = (np.arange(256.0) - layout.bias).astype(f"{layout.order}f8").view(np.uint64)
    table[SPACES] = _as_words(b" " * WORD)[0]
    table[SYSTEM_MISSING] = layout.no_number[0]
    for codes, literals, _ in _instructions(file, layout):
        words = table[codes]
        words[codes == LITERAL] = literals
        yield words


def _counted(path: Path, layout: Layout) -> tuple[int, bool]:
    """Return the bytes of cases that a file holds, at most one case too many, and whether a mark ends them."""
    if layout.compression == PLAIN:
        return path.stat().st_size - layout.begin, False
    most = None if layout.declared is None else (layout.declared + 1) * layout.words
    found, ended = 0, False
    with path.open("rb") as file:
        for codes, _, ended in _instructions(file, layout):  # noqa: B007
            found += len(codes)
            if most is not None and found >= most:
                break
    return WORD * found, ended or layout.compression == ZLIB


def _instructions(file: BinaryIO, layout: Layout) -> Iterator[tuple[NDArray[np.uint8], Words, bool]]:
    """Yield codes, one for each word of cases, the literals among them, and whether the mark that ends them came."""
    chunks = _inflated(file, layout) if layout.compression == ZLIB else _chunks(file, layout.begin, CHUNK)
    rest = b""
    for chunk in chunks:
        words = _as_words(rest + chunk)
        controls, then = _controls(words)
        codes, literals, ended = _carried_out(words[:then], controls)
        yield codes, literals, ended
        if ended:
            return
        rest = (rest + chunk)[WORD * then :]
    words = _as_words(rest)
    if len(words):
        codes, literals, ended = _carried_out(words, np.zeros(1, dtype=np.intp))
        if ended and len(literals) == np.count_nonzero(codes == LITERAL):
            yield codes, literals, ended
            return
    if rest:
        raise BrokenFile("it breaks off within an instruction")


def _controls(words: Words) -> tuple[NDArray[np.intp], int]:
    """Return where the words of eight codes are whose literals are all there, and where the next one is.

    Each says how far the next one is, so that they are found one after the other: here every sixteenth is, and those
    between them all at once.
    """
    size = len(words)
    literals = (words.view(np.uint8) == LITERAL).view(np.uint64) * ONES >> np.uint64(56)
    nexts = np.append(np.arange(1, size + 1) + literals.astype(np.intp), size)
    hops = [np.minimum(nexts, size).astype(np.int32)]
    for _ in range(HOPS):
        hops.append(hops[-1][hops[-1]])
    far, found, at = memoryview(hops.pop()), [], 0
    while at < size:
        found.append(at)
        at = far[at]
    controls = np.array(found, dtype=np.intp)
    for hop in reversed(hops):
        controls = np.column_stack([controls, hop[controls]]).ravel()
    controls = controls[controls < size]
    if len(controls) and nexts[controls[-1]] > size:
        return controls[:-1], int(controls[-1])
    return controls, size


def _carried_out(words: Words, controls: NDArray[np.intp]) -> tuple[NDArray[np.uint8], Words, bool]:
    is_literal = np.ones(len(words), dtype=bool)
    is_literal[controls] = False
    codes, literals = words[controls].view(np.uint8), words[is_literal]
    ends = np.flatnonzero(codes == END)
    if len(ends):
        codes = codes[: ends[0]]
        literals = literals[: np.count_nonzero(codes == LITERAL)]
    return codes[codes != SKIP], literals, bool(len(ends))


def _inflated(file: BinaryIO, layout: Layout) -> Iterator[bytes]:
    """Yield the instructions in the zlib blocks of a .zsav, in the order of the table at its end."""
    for begin, compressed, size in zlib_blocks(file, layout):
        file.seek(begin)
        data, inflate, left = file.read(compressed), zlib.decompressobj(), size
        while not inflate.eof:
            try:
                piece = inflate.decompress(data, CHUNK)
            except zlib.error:
                raise BrokenFile("it holds a damaged block") from None
            data, left = inflate.unconsumed_tail, left - len(piece)
            if left < 0 or not (piece or data or inflate.eof):
                break
            yield piece
        if left:
            raise BrokenFile("it holds a block of another size than its table says")


def _chunks(file: BinaryIO, begin: int, size: int) -> Iterator[bytes]:
    file.seek(begin)
    while chunk := file.read(size):
        yield chunk


def _as_words(data: bytes) -> Words:
    return np.frombuffer(data, dtype=np.uint64, count=len(data) // WORD)
