"""Where tests find the project's own files."""

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SAMPLES = ROOT / "data" / "samples"
NAMCS = SAMPLES / "namcs"
TABLES = TESTS / "data"
R_SURVEY = TESTS / "oracle" / "r_survey"
