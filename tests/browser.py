"""A browser without a screen, where the machine has one; else the reason why not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

FOUND = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LACKING = "" if FOUND and find_spec("playwright") else "no Chromium is installed" if not FOUND else "no playwright"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=FOUND, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()
