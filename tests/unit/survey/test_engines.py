"""The same answers wherever the rows live: in memory, in files, in DuckDB or in Spark, and however they are parted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import psaindicators as psa
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AllAnswered, AnswerIn, AtLeast, CountOf, ScoreAtLeast
from psaindicators.definitions.waves import Question, Wave
from psaindicators.figures.amounts import distribution, mean, ratio, total
from psaindicators.tables import Table
from tests.oracle.cases import all_cases, indicator, number_wave_of, wave_of, weighted_data
from tests.oracle.test_percentages_against_r import PROP, PROP_BY
from tests.paths import SAMPLES

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully", "ignore:The copy keyword is deprecated")
SAME = 1e-12  # relative: the sums differ in the order of adding alone
MUST_HAVE_SPARK = "PSAINDICATORS_MUST_HAVE_SPARK"
"""Set where Spark is installed on purpose: that it is absent is then a failure."""


def parquet(frame: pd.DataFrame, folder: Path, name: str = "rows") -> Path:
    frame.to_parquet(folder / f"{name}.parquet")
    return folder / f"{name}.parquet"


def csv(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_csv(folder / "rows.csv", index=False)
    return folder / "rows.csv"


def parts(frame: pd.DataFrame, folder: Path) -> list[str]:
    """Files of the rows dealt out at random, the last of them empty."""
    part = np.random.default_rng(1).integers(0, 3, len(frame))
    return [str(parquet(frame[part == i], folder, f"part{i}")) for i in range(4)]


IN_MEMORY: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    "Polars": lambda frame, _: pl.from_pandas(frame),
    "Arrow": lambda frame, _: pa.Table.from_pandas(frame),
}
IN_ENGINES: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    "Parquet": parquet,
    "CSV": csv,
    "DuckDB, rows in several files": lambda frame, folder: duckdb.connect().read_parquet(parts(frame, folder)),
}


@pytest.fixture(autouse=True)
def no_file_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psaindicators.files.text.SMALL", 0)
    monkeypatch.setattr("psaindicators.files.parquet.SMALL", 0)


@pytest.fixture
def no_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    """See to it that an engine's rows are added up there: reading them as arrays would give the same answers."""

    def read(*_: Any, **__: Any) -> None:
        raise AssertionError("the rows were read as arrays")

    monkeypatch.setattr("psaindicators.figures.asked.open_sample", read)


def assert_same(found: Table, expected: Table) -> None:
    """Counts and words equal, figures but for the order of adding; a standard error of 0 is the root of rounding."""
    assert found.notes == ()
    assert list(found.columns) == list(expected.columns)
    for name, column in expected.columns.items():
        if column.dtype.kind == "f":
            np.testing.assert_allclose(found.columns[name], column, rtol=SAME, atol=1e-13, err_msg=name)
        else:
            assert found.columns[name].tolist() == column.tolist(), name


def case_of(case: dict[str, Any]) -> tuple[pd.DataFrame, Wave, Indicator, str | None]:
    y, by = case["args"]["y"], case["args"].get("by")
    return weighted_data(case), wave_of(case, y, by), indicator(y), by


def estimate(data: object, case: dict[str, Any], interval: str = "beta") -> psa.Estimates:
    _, wave, of, by = case_of(case)
    return psa.estimate(psa.read_survey(data, wave), of, by=by, interval=interval)


Held = Callable[[dict[str, Any]], list[Any]]


@pytest.fixture(scope="module")
def held_in_engines(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Return what gives the rows of a case as each engine has them: made once for all cases of one design."""

    @cache
    def of_design(design: str) -> list[Any]:
        rows, folder = weighted_data({"design": json.loads(design)}), tmp_path_factory.mktemp("rows")
        return [made(rows, folder) for made in IN_ENGINES.values()]

    return lambda case: of_design(json.dumps(case["design"]))


@pytest.mark.parametrize("case", [*PROP, *PROP_BY], ids=lambda case: case["id"])
def test_every_frame_and_engine_gives_rs_cases_as_arrays_do(
    case: dict[str, Any], held_in_engines: Held, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    rows = weighted_data(case)
    expected = estimate(rows, case)
    for made in IN_MEMORY.values():
        assert_same(estimate(made(rows, tmp_path), case), expected)
    request.getfixturevalue("no_arrays")
    for held in held_in_engines(case):
        assert_same(estimate(held, case), expected)


AMOUNTS = [
    case
    for case in all_cases()
    if case["op"] in {"mean", "total", "ratio", "ratio_by"}
    and "ids" in case["design"]
    and "pps" not in case["design"]
    and "error" not in case["result"]
]


def amounts(data: object, case: dict[str, Any]) -> Table:
    """R's svymean, svytotal, svyratio or svyby of the last."""
    named, by = case["args"], "area" if case["op"] == "ratio_by" else None
    questions = [named["y"]] if case["op"] in {"mean", "total"} else ["num", "den"]
    survey = psa.read_survey(data, number_wave_of(case, *questions, by=by))
    verb: Callable[..., Table] = {"mean": mean, "total": total}.get(case["op"], ratio)
    return verb(survey, *questions, by=by)


def test_the_cases_of_amounts_are_all_there() -> None:
    assert len(AMOUNTS) == 45  # of the 51 of test_estimands_against_r, less R's errors


@pytest.mark.parametrize("case", AMOUNTS, ids=lambda case: case["id"])
def test_engines_give_rs_totals_means_and_ratios_as_arrays_do(
    case: dict[str, Any], held_in_engines: Held, request: pytest.FixtureRequest
) -> None:
    expected = amounts(weighted_data(case), case)
    request.getfixturevalue("no_arrays")
    for held in held_in_engines(case):
        assert_same(amounts(held, case), expected)


PEOPLE = pd.DataFrame(
    {
        "wt": [1.0, 2.0, 0.0, 1.5, 1.0, 0.5, 3.0, 1.0],
        "la": ["09", "09", "10", "10", "09", "10", "10", "09"],
        "club": [1, 0, 1, 1, 0, 1, np.nan, 0],
        "sport": [1, 1, 0, np.nan, 0, 1, 1, 9],
        "times": [3, 0, 12, np.nan, 4, -9, 1, 2],
        "felt": ["well ", "ill", "", "well", "ill", None, "well", "not sure"],
        "hours": [37.5, 20, 40, 10, -9, 16.25, np.nan, 0],
    }
)
WAVE = Wave(
    survey="mine",
    year=2010,
    title="Mine",
    path=Path("mine.toml"),
    weight="wt",
    stratum="la",
    area={"authority": "la"},
    questions={
        "club": Question("club", {"yes": 1, "no": 0}),
        "sport": Question("sport", {"yes": 1, "no": 0}, missing=(9, -9)),
        "times": Question("times", {}, missing=(-9,)),
        "felt": Question("felt", {"well": "well", "ill": "ill"}, missing=("not sure",)),
        "hours": Question("hours", {}, missing=(-9,)),
        "ever": Question("times", {"never": 0, "once": 1, "twice": 2, "more": 3, "many": 4, "most": 12}, missing=(-9,)),
    },
)


def rule_of(name: str, *rules: Any) -> Indicator:
    numerator, denominator = rules
    return Indicator(name, name, "higher", "made up", "confirmed", {}, (Definition(2000, numerator, denominator),))


RULES = [
    indicator("club"),
    rule_of("often", AtLeast("times", 3), AtLeast("times", 0)),
    rule_of("two", CountOf((AtLeast("times", 1), indicator("club").definitions[0].numerator), 2), AtLeast("times", 0)),
    rule_of(
        "scored",
        ScoreAtLeast(("club", "sport"), {"yes": 2, "no": 0.5}, 2.5),
        indicator("club").definitions[0].denominator,
    ),
    rule_of("ever", AnswerIn("ever", frozenset({"never"})), AllAnswered(("ever",))),
    rule_of("well", AnswerIn("felt", frozenset({"well"})), AllAnswered(("felt",))),
]


IN_CLUB = {"question": "club", "in": ["yes"]}
BY = ["all", "authority", "felt", "felt*sport"]
VERBS: dict[str, Callable[..., Table]] = {
    "estimate": lambda survey, **how: psa.estimate(survey, RULES, interval="beta", **how),
    "distribution": lambda survey, **how: distribution(survey, "sport", **how),
    "total": lambda survey, **how: total(survey, "times", per=2.5, **how),
    "count": lambda survey, **how: total(survey, **how),
    "mean": lambda survey, **how: mean(survey, "hours", **how),
    "ratio": lambda survey, **how: ratio(survey, "times", "hours", **how),
}


@pytest.mark.parametrize("where", [None, IN_CLUB], ids=["everyone", "where"])
@pytest.mark.parametrize("clustered", [False, True], ids=["", "clustered"])
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("source", IN_ENGINES)
def test_numbers_scores_words_blanks_and_a_weight_of_zero(
    source: str, verb: str, clustered: bool, where: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    wave = replace(WAVE, stratum=None, psu=("la",)) if clustered else WAVE
    expected = VERBS[verb](psa.read_survey(PEOPLE, wave), by=BY, where=where)
    request.getfixturevalue("no_arrays")
    found = VERBS[verb](psa.read_survey(IN_ENGINES[source](PEOPLE, tmp_path), wave), by=BY, where=where)
    assert_same(found, expected)


@pytest.mark.parametrize("source", IN_ENGINES)
def test_figures_by_hand(source: str, tmp_path: Path, no_arrays: None) -> None:
    """Of weights 1, 2, 0, 1.5, 1, 0.5, 3, 1: -9 is no amount, a weight of 0 adds nothing, and blanks are no answer."""
    survey = psa.read_survey(IN_ENGINES[source](PEOPLE, tmp_path), WAVE)
    club = psa.estimate(survey, RULES[0])[0]
    assert (club.value, club.base) == (pytest.approx(100 * (1 + 1.5 + 0.5) / 7), 6)
    sport = psa.estimate(survey, RULES[0], where={"question": "sport", "in": ["yes"]})[0]
    assert (sport.value, sport.base) == (pytest.approx(100 * (1 + 0.5) / 3.5), 3)  # 2 of 4 in club: not 3 of 7
    times = total(survey, "times")[0]  # 3 + 0 + 0 x 12 + 4 + 3 + 2, and not less 0.5 x 9
    assert (times.value, times.base, times.weighted_base) == (12, 5, 8)
    assert total(survey, where=IN_CLUB)[0].value == 3
    often = mean(survey, "times")[0]
    assert (often.value, often.weighted_base) == (12 / 8, 8)
    both = ratio(survey, "times", "hours")[0]  # who answered both: of 0, 1 and 7 alone, one with weight 0 beside them
    assert (both.value, both.base, both.weighted_base) == (pytest.approx((3 + 0 + 2) / (37.5 + 40 + 0)), 3, 4)
    told = {row.answer: (row.value, row.base) for row in distribution(survey, "sport")}
    assert told == {"yes": (pytest.approx(100 * 6.5 / 7.5), 5), "no": (pytest.approx(100 / 7.5), 5)}


@pytest.mark.parametrize("verb", ["estimate", "total", "mean", "ratio", "distribution"])
def test_include_says_whom_the_figures_of_an_engine_are_about(
    verb: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    wave = replace(WAVE, include=AnswerIn("club", frozenset({"yes"})))
    expected = VERBS[verb](psa.read_survey(PEOPLE, wave), by=BY)
    request.getfixturevalue("no_arrays")
    assert_same(VERBS[verb](psa.read_survey(parquet(PEOPLE, tmp_path), wave), by=BY), expected)


@pytest.mark.parametrize("name", ["q0", "y1", "base0", "Q1", "w0", "_weight", "weighted"])
def test_a_variable_may_be_called_what_sums_are_called(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A question of the file called q1 is quite likely; the engine's own sums had that name once."""
    people = PEOPLE.rename(columns={"felt": name})
    wave = replace(WAVE, questions=WAVE.questions | {"felt": replace(WAVE.questions["felt"], variable=name)})
    expected = psa.estimate(psa.read_survey(people, wave), RULES, by="felt")
    request.getfixturevalue("no_arrays")
    assert_same(psa.estimate(psa.read_survey(parquet(people, tmp_path), wave), RULES, by="felt"), expected)


@pytest.mark.parametrize("source", IN_ENGINES)
@pytest.mark.parametrize(
    ("variable", "value"),
    [("wt", -1.0), ("wt", np.nan), ("wt", np.inf), ("la", None), ("club", 7), ("felt", "so so")],
)
def test_an_engine_refuses_rows_in_the_words_of_arrays(
    source: str, variable: str, value: object, tmp_path: Path
) -> None:
    wrong = PEOPLE.copy()
    wrong.loc[5, variable] = value
    wave = replace(WAVE, stratum="la")

    def told(data: object) -> str:
        try:
            psa.estimate(psa.read_survey(data, wave), RULES, by=["all", "felt"])
        except psa.SurveyError as error:
            return str(error)
        return "no error"

    def plain(text: str) -> str:
        """Numbers as texts are told with quotation marks, infinity in another word."""
        names = ("the frame", "rows.parquet", "rows.csv")
        for name in names:
            text = text.replace(name, "ROWS")
        return text.replace("'", "").replace(".0", "")

    expected = plain(told(wrong))
    assert variable in expected or expected == "no error"
    if source == "DuckDB, rows in several files":
        assert variable in told(IN_ENGINES[source](wrong, tmp_path))  # the rows are in another order
    else:
        assert plain(told(IN_ENGINES[source](wrong, tmp_path))) == expected


@pytest.mark.parametrize("opened", ["path", "duckdb.connect().read_parquet(path)"])
@pytest.mark.parametrize("then", ["psa.estimate(survey, 'ni4', by='region')", "pass"])
def test_nothing_is_printed_when_the_interpreter_ends(opened: str, then: str) -> None:
    """A query engine's types that are not let go print "nanobind: leaked ..." on stderr."""
    path = SAMPLES / "place_2008.parquet"
    script = (
        f"import duckdb, psaindicators as psa\npath = {str(path)!r}\n"
        f"survey = psa.read_survey({opened}, psa.wave('place', 2008))\n{then}\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Return a Spark of this machine alone, which listens on the loopback address only."""
    reason = "" if shutil.which("java") else "Spark needs Java 17, and there is no java"
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        reason = "pyspark is not installed (the extra is `spark`)"
    if reason and os.environ.get(MUST_HAVE_SPARK):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    loopback = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    session = builder.config(map={**loopback, "spark.sql.shuffle.partitions": "2"}).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


SPARK_CASES = [case for case in (*PROP[:20:7], *PROP_BY[::9]) if "." not in case["args"]["y"]]
"""Spark takes a dot in a variable's name for a part of a structure."""


@pytest.mark.parametrize("case", SPARK_CASES, ids=lambda case: case["id"])
def test_spark_gives_rs_cases_as_arrays_do(
    spark: Any, case: dict[str, Any], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    expected = estimate(weighted_data(case), case)
    request.getfixturevalue("no_arrays")
    assert_same(estimate(spark.read.parquet(*parts(weighted_data(case), tmp_path)[:3]), case), expected)


def test_spark_reads_numbers_scores_words_and_blanks(
    spark: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    by = ["all", "authority", "felt"]
    expected = psa.estimate(psa.read_survey(PEOPLE, WAVE), RULES, by=by)
    request.getfixturevalue("no_arrays")
    survey = psa.read_survey(spark.read.parquet(str(parquet(PEOPLE, tmp_path))), WAVE)
    assert_same(psa.estimate(survey, RULES, by=by), expected)


def test_spark_says_what_it_cannot_read(spark: Any, tmp_path: Path) -> None:
    dotted = PEOPLE.rename(columns={"club": "club.2"})
    wave = replace(WAVE, questions={"club": Question("club.2", {"yes": 1, "no": 0})})
    with pytest.raises(psa.SurveyError, match=r"the frame cannot be read: .*club"):
        psa.estimate(psa.read_survey(spark.read.parquet(str(parquet(dotted, tmp_path))), wave), indicator("club"))


def test_spark_refuses_an_unknown_code_in_words(spark: Any, tmp_path: Path) -> None:
    survey = psa.read_survey(spark.read.parquet(str(parquet(PEOPLE.assign(club=7), tmp_path))), WAVE)
    with pytest.raises(psa.SurveyError, match=r"'club' \('club'\) holds codes .* 7"):
        psa.estimate(survey, indicator("club"))
