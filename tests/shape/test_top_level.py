"""Nothing stands at the top of the project but what it is made of: no run leaves its folders there to be committed."""

import subprocess

import pytest

from tests.paths import ROOT

FOLDERS = {"benchmarks", "data", "docs", "notebooks", "src", "tests"}


def test_the_top_holds_the_projects_own_folders_only() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout, so nothing tells which files are the project's")
    folders = {name.split("/")[0] for name in listed.stdout.splitlines() if "/" in name}
    assert {name for name in folders if not name.startswith(".")} == FOLDERS
