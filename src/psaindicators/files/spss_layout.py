"""Where the cases of an SPSS system file begin and how they are laid out, from its dictionary and nothing else of it.

The format is that of the PSPP developers' guide, "System File Format".
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from psaindicators.files.broken import BrokenFile

HEADER = 176
PLAIN, INSTRUCTIONS, ZLIB = 0, 1, 2
WORD = 8
VARIABLE, VALUE_LABELS, LABELLED, DOCUMENT, EXTENSION, LAST = 2, 3, 4, 6, 7, 999
NO_NUMBERS, LONG_TEXTS, CASES = 4, 14, 16
"""Extensions: the words that stand for no number, the lengths of texts over 255 bytes, the number of cases."""
SEGMENT_SPAN = 252
"""Bytes of a longer text that each of its segments stands for."""
BLOCK = 24
"""Bytes of the header of the zlib blocks, of the head of their table and of each entry in it."""
NO_NUMBER = (0xFFEFFFFFFFFFFFFF, 0x7FEFFFFFFFFFFFFF, 0xFFEFFFFFFFFFFFFE)
"""System-missing, the highest and the lowest number, where a file does not say: all three stand for no number."""


class Place(NamedTuple):
    """A stretch of words in a case."""

    first: int
    words: int


@dataclass(frozen=True)
class Layout:
    """How an SPSS file's cases are laid out, each as so many `words` of 8 bytes in the byte `order` "<" or ">".

    They begin at the byte `begin`. `places` has the words of each variable: one stretch, or for a text of over 255
    bytes one for each of its segments. `declared` is the number of cases, None where the file does not say. A code of
    an instruction less `bias` is a number. `no_number` are the words that stand for none, read as whole numbers of
    this machine; the first is system-missing.
    """

    order: str
    compression: int
    declared: int | None
    bias: float
    begin: int
    words: int
    places: tuple[tuple[Place, ...], ...]
    no_number: tuple[int, ...]

    def fits(self, are_numbers: Sequence[bool]) -> bool:
        """Whether these are the places of variables of which some are numbers, of one word each."""
        words = [sum(place.words for place in places) for places in self.places]
        return len(words) == len(are_numbers) and all(
            one == 1 for one, is_number in zip(words, are_numbers, strict=True) if is_number
        )


def layout_of(path: Path) -> Layout:
    """Return the layout of an SPSS file's cases. Raises BrokenFile where its dictionary is damaged."""
    with path.open("rb") as file:
        header = _taken(file, 0, HEADER)
        order = "<" if header[64:68] in (b"\2\0\0\0", b"\3\0\0\0") else ">"
        compression, _, cases, bias = struct.unpack_from(f"{order}iiid", header, 72)
        found = _Dictionary(file, path.stat().st_size, order)
        found.read()
    if compression not in (PLAIN, INSTRUCTIONS, ZLIB):
        raise BrokenFile(f"it is compressed in an unknown way ({compression})")
    if not found.places:
        raise BrokenFile("it has no variable")
    declared = cases if cases >= 0 else found.cases()
    places, words = found.segmented(), sum(place.words for place in found.places)
    return Layout(order, compression, declared, bias, found.at, words, places, found.no_number())


def zlib_blocks(file: BinaryIO, layout: Layout) -> Iterator[tuple[int, int, int]]:
    """Yield where each zlib block begins, its bytes, and the bytes of instructions in it; the table ends the file."""
    size = file.seek(0, 2)
    head, begin, length = struct.unpack(f"{layout.order}qqq", _taken(file, layout.begin, BLOCK))
    if head != layout.begin or begin < head or begin + length != size or length < BLOCK or length % BLOCK:
        raise BrokenFile("it does not end with the table of its blocks")
    for _, at, inflated, compressed in struct.iter_unpack(f"{layout.order}qqii", _taken(file, begin, length)[BLOCK:]):
        if not head < at <= at + compressed <= begin or inflated < 0:
            raise BrokenFile("it has a damaged table of its blocks")
        yield at, compressed, inflated


def _taken(file: BinaryIO, begin: int, length: int) -> bytes:
    file.seek(begin)
    data = file.read(length)
    if len(data) < length:
        raise BrokenFile(f"it breaks off after {begin + len(data):,} bytes")
    return data


@dataclass
class _Dictionary:
    """A dictionary's records as they are gone through, and what they say of the cases."""

    file: BinaryIO
    size: int
    order: str
    at: int = HEADER
    names: list[bytes] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    extensions: dict[int, bytes] = field(default_factory=dict)

    def read(self) -> None:
        records = {
            VARIABLE: self._variable,
            VALUE_LABELS: self._value_labels,
            DOCUMENT: self._document,
            EXTENSION: self._extension,
        }
        while (kind := self._ints(1)[0]) != LAST:
            if kind not in records:
                raise BrokenFile(f"it has a damaged dictionary (at byte {self.at - 4:,})")
            records[kind]()
        self._skip(4)

    def cases(self) -> int | None:
        """Return the number of cases in the extension that has room for more of them, where it has one."""
        data = self.extensions.get(CASES, b"")
        found = struct.unpack(f"{self.order}qq", data)[1] if len(data) == 2 * WORD else -1
        return found if found >= 0 else None

    def no_number(self) -> tuple[int, ...]:
        data = self.extensions.get(NO_NUMBERS, b"")
        if len(data) != WORD * len(NO_NUMBER):
            data = struct.pack(f"{self.order}3Q", *NO_NUMBER)
        return tuple(int.from_bytes(data[i : i + WORD], sys.byteorder) for i in range(0, len(data), WORD))

    def segmented(self) -> tuple[tuple[Place, ...], ...]:
        """Return the places of each variable, those of a longer text's segments together."""
        given = (one.partition(b"=") for one in self.extensions.get(LONG_TEXTS, b"").split(b"\t"))
        lengths = {name: int(length.strip(b"\0 ")) for name, _, length in given if length.strip(b"\0 ").isdigit()}
        found, i = [], 0
        while i < len(self.places):
            segments = max(1, -(-lengths.get(self.names[i], 0) // SEGMENT_SPAN))
            found.append(tuple(self.places[i : i + segments]))
            i += segments
        return tuple(found)

    def _variable(self) -> None:
        width, labelled, missing = self._ints(3)
        self._skip(8)
        name = self._take(8).rstrip()
        if labelled:
            self._skip(-(-self._ints(1)[0] // 4) * 4)
        self._skip(WORD * abs(missing))
        if width >= 0:
            first = sum(self.places[-1]) if self.places else 0
            self.names.append(name)
            self.places.append(Place(first, 1))
        elif self.places:
            self.places[-1] = Place(self.places[-1].first, self.places[-1].words + 1)

    def _value_labels(self) -> None:
        for _ in range(self._ints(1)[0]):
            self._skip(WORD)
            self._skip((self._take(1)[0] + WORD) // WORD * WORD - 1)
        kind, variables = self._ints(2)
        if kind != LABELLED:
            raise BrokenFile(f"it has a damaged dictionary (at byte {self.at - 8:,})")
        self._skip(4 * variables)

    def _document(self) -> None:
        self._skip(80 * self._ints(1)[0])

    def _extension(self) -> None:
        kind, size, count = self._ints(3)
        if kind in (NO_NUMBERS, LONG_TEXTS, CASES):
            self.extensions[kind] = self._take(size * count)
        else:
            self._skip(size * count)

    def _ints(self, count: int) -> Sequence[int]:
        return struct.unpack(f"{self.order}{count}i", self._take(4 * count))

    def _take(self, length: int) -> bytes:
        begin = self.at
        self._skip(length)
        return _taken(self.file, begin, length)

    def _skip(self, length: int) -> None:
        if not 0 <= length <= self.size - self.at:
            raise BrokenFile(f"it breaks off in its dictionary (after {self.at:,} bytes)")
        self.at += length
