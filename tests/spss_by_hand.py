"""SPSS files written field by field, as their format is described: what no writer at hand would write."""

from __future__ import annotations

import struct

SYSTEM_MISSING = -1.7976931348623157e308


def by_hand(order: str, *, compression: int = 0, declared: int = -1, data: bytes) -> bytes:
    """An SPSS file of a number Q and a text S of 2 characters, its header and dictionary written field by field."""
    header = (
        b"$FL2" + b"@(#) SPSS DATA FILE".ljust(60) + struct.pack(f"{order}iiiiid", 2, 2, compression, 0, declared, 100)
    )
    header += b"25 Nov 0800:00:00" + bytes(64) + bytes(3)
    number = struct.pack(f"{order}iiiiii", 2, 0, 0, 0, 5 << 16, 5 << 16) + b"Q".ljust(8)
    text = struct.pack(f"{order}iiiiii", 2, 2, 0, 0, 1 << 16, 1 << 16) + b"S".ljust(8)
    return header + number + text + struct.pack(f"{order}ii", 999, 0) + data
