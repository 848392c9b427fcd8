"""Run as a program: have a file read for another process, which a damaged or swollen one then cannot end.

What is asked comes as JSON on the standard input; its `reader` is the path of the module whose `answer` reads such a
file. What was found goes to the standard output: a line of JSON, in which `error` says why there is nothing else, then
the bytes of each column. Neither this program nor a reader imports anything of the package: they start fast.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


def main() -> None:
    """Answer what is asked, once."""
    output = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # what a reader itself prints may hold a respondent's values
        os.dup2(nowhere, stream)
    asked = json.load(sys.stdin)
    sys.path[:] = asked["sys_path"]
    found, columns = _answer(asked)
    output.write(json.dumps(found).encode() + b"\n")
    for column in columns:
        output.write(column)
    output.close()


def _answer(asked: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    try:
        reader = _loaded(asked["reader"])
        import_module(reader.LIBRARY)  # before the limit, which is for what is read
    except ImportError as error:
        return {"error": f"its reader does not start ({error})"}, []
    try:
        _limit(asked["memory"])
        found: tuple[Mapping[str, Any], list[Any]] = reader.answer(asked)
    except MemoryError:
        return {"error": "it asks for more memory than a file of its size has use for"}, []
    except Exception as error:  # whose text may hold what was read
        return {"error": f"it is damaged ({type(error).__name__})"}, []
    return found


def _loaded(path: str) -> Any:
    spec = spec_from_file_location(Path(path).stem, path)
    assert spec is not None
    assert spec.loader is not None
    reader = module_from_spec(spec)
    spec.loader.exec_module(reader)
    return reader


def _limit(memory: int) -> None:
    """Let this process have so many bytes more, and leave no image of itself, where the system knows such limits."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
