"""Bad input is an error that says where, what is wrong, what was found and what would be right, with its exit code."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AnswerIn, AtLeast
from psaindicators.definitions.waves import Question, Wave
from psaindicators.errors import exit_code

WAVE = Wave(
    survey="mine",
    year=2010,
    title="My survey",
    path=Path(__file__),
    weight="wt",
    area={"ward": "ward"},
    questions={"get_on_well": Question("q18", {"agree": 1, "disagree": 2}, (-9,)), "hours": Question("hrs", {})},
)
GOOD = pd.DataFrame(
    {
        "wt": [1.0, 2.0, 1.0, 1.0],
        "q18": [1, 2, 1, -9],
        "hrs": [1, 2, 3, 4],
        "ward": ["a", "a", "b", "b"],
        "region": [1, 1, 2, 2],
        "street": [1, 2, 1, 2],
        "streets": [9, 9, 9, 9],
    }
)
CLUSTERED = replace(WAVE, stratum="region", psu=("street",))
FEW = ["1", "2", "x", "1"]


def indicator(**rules: Any) -> Indicator:
    agree, both = (AnswerIn("get_on_well", frozenset(answers)) for answers in (("agree",), ("agree", "disagree")))
    definition = Definition(2000, **({"numerator": agree, "denominator": both} | rules))
    return Indicator("mine", "Get on well", "higher", "by hand", "confirmed", {}, (definition,))


MINE = indicator()


def estimate(wave: Wave = WAVE, frame: pd.DataFrame = GOOD, **columns: Any) -> psa.Estimates:
    return psa.estimate(psa.read_survey(frame.assign(**columns), wave), MINE)


def refused(kind: type[psa.PsaError], code: int, ask: Callable[[], object]) -> str:
    """The message of the error, which must be of a kind and have its exit code."""
    with pytest.raises(kind) as raised:
        ask()
    assert exit_code(raised.value) == code
    return str(raised.value)


def check(message: str, *parts: str) -> None:
    for part in parts:
        assert part in message, message


def test_the_good_input_that_the_others_spoil() -> None:
    assert estimate()[0].value == 50  # 1 + 1 of 1 + 2 + 1
    assert estimate(CLUSTERED)[0].value == 50


class TestDataFile:
    def test_missing_variables_are_all_named_with_what_they_are_read_as(self) -> None:
        frame = GOOD.rename(columns={"q18": "Q18", "wt": "weight"})
        for data in (frame, duckdb.connect().from_df(frame)):
            survey = psa.read_survey(data, WAVE)
            message = refused(psa.SurveyError, 3, lambda survey=survey: psa.estimate(survey, MINE))
            check(message, "has no variable 'q18', which wave mine 2010 reads as 'get_on_well'; did you mean 'Q18'?")
            check(message, "has no variable 'wt', which wave mine 2010 reads as the weight")

    def test_a_variable_that_nothing_asked_for_needs_may_be_absent(self) -> None:
        frame = GOOD[["wt", "q18"]]
        for data in (frame, duckdb.connect().from_df(frame)):
            survey = psa.read_survey(data, WAVE)
            assert psa.estimate(survey, MINE)[0].value == 50
            message = refused(psa.SurveyError, 3, lambda survey=survey: psa.estimate(survey, MINE, by=["all", "ward"]))
            check(message, "has no variable 'ward', which wave mine 2010 reads as the area 'ward'")

    def test_a_file_with_none_of_the_variables_and_one_without_the_id_are_refused_at_once(self) -> None:
        frame = pd.DataFrame({"Wt": [1], "Q 18": [2]})
        message = refused(psa.SurveyError, 3, lambda: psa.read_survey(frame, WAVE))
        check(message, "has no variable 'wt', which wave mine 2010 reads as the weight; did you mean 'Wt'?", "'hrs'")
        message = refused(psa.SurveyError, 3, lambda: psa.read_survey(GOOD, replace(WAVE, id="serial")))
        check(message, "has no variable 'serial', which wave mine 2010 reads as the id")

    def test_unknown_codes_are_listed_with_how_many_gave_them(self) -> None:
        message = refused(psa.SurveyError, 3, lambda: estimate(q18=[7, 7, 8, 1]))
        check(message, "'q18' ('get_on_well')", "7 (2), 8 (1)", "agree = 1, disagree = 2", "list them in missing")

    def test_the_unknown_codes_of_every_question_are_told_at_once(self) -> None:
        wave = replace(WAVE, questions={**WAVE.questions, "sex": Question("sex", {"male": 1, "female": 2})})
        survey = psa.read_survey(GOOD.assign(q18=[5, 1, 1, 1], sex=[1, 2, 3, 1]), wave)
        message = refused(psa.SurveyError, 3, lambda: psa.estimate(survey, MINE, by="sex"))
        check(message, "'q18'", "5 (1)", "'sex'", "3 (1)")

    def test_many_unknown_codes_are_counted_and_not_all_listed(self) -> None:
        frame = pd.concat([GOOD.assign(q18=code) for code in range(100, 140)])
        message = refused(psa.SurveyError, 3, lambda: estimate(frame=frame))
        check(message, "100 (4)", "and 28 more")
        assert "139" not in message

    def test_a_text_among_answers_is_an_unknown_code(self) -> None:
        check(refused(psa.SurveyError, 3, lambda: estimate(q18=FEW)), "'x' (1)")

    def test_a_number_that_is_none(self) -> None:
        hours = indicator(numerator=AtLeast("hours", 2))
        survey = psa.read_survey(GOOD.assign(hrs=["2", "many", "many", "1"]), WAVE)
        message = refused(psa.SurveyError, 3, lambda: psa.estimate(survey, hours))
        check(message, "'hrs' ('hours') is a number, but holds 'many' (2)")

    def test_no_such_file(self, tmp_path: Path) -> None:
        path = tmp_path / "none.csv"
        check(refused(psa.MissingFileError, 2, lambda: psa.read_survey(path, WAVE)), f"there is no file {path}")

    def test_a_kind_of_file_that_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "survey.docx"
        path.write_bytes(b"PK")
        message = refused(psa.SurveyError, 3, lambda: psa.read_survey(path, WAVE))
        check(message, "survey.docx", ".csv, .tab", ".xlsx", ".sav", ".dta")

    def test_something_that_is_neither_a_path_nor_a_frame(self) -> None:
        check(refused(psa.SurveyError, 3, lambda: psa.read_survey([1, 2, 3], WAVE)), "a path", "pandas", "list")

    def test_a_file_with_variables_and_no_respondent(self, tmp_path: Path) -> None:
        path = tmp_path / "survey.csv"
        GOOD[:0].to_csv(path, index=False)
        message = refused(psa.SurveyError, 3, lambda: psa.estimate(psa.read_survey(path, WAVE), MINE))
        check(message, "survey.csv (wave mine 2010) is empty: it has variables but no respondent")

    @pytest.mark.parametrize(
        ("line", "wrong"),
        [
            ("1,1,7,a,1,1,9,9", "it has 8 cells where there are 7 names"),
            ("1,1,7", "it has 3 cells where there are 7 names"),
            ('1,1,7,"a,1,1,9', "a quotation mark that is not closed"),
        ],
    )
    def test_a_line_that_does_not_fit_is_named_and_what_it_holds_is_not_repeated(
        self, line: str, wrong: str, tmp_path: Path
    ) -> None:
        """The lines before it must not be taken for a title and left out, which guessing from the rows would do."""
        path = tmp_path / "survey.csv"
        path.write_text(GOOD.to_csv(index=False) + line + "\n", encoding="utf-8")
        message = refused(psa.SurveyError, 3, lambda: psa.estimate(psa.read_survey(path, WAVE), MINE))
        check(message, "survey.csv cannot be read", "line 6", wrong)
        assert "1,1,7" not in message

    def test_a_text_file_that_is_not_in_the_encoding_that_its_wave_states(self, tmp_path: Path) -> None:
        path = tmp_path / "survey.csv"
        path.write_bytes(GOOD.assign(ward="Caf\x81").to_csv(index=False).encode("latin-1"))
        wave = replace(WAVE, encoding="cp1252")
        message = refused(psa.SurveyError, 3, lambda: psa.estimate(psa.read_survey(path, wave), MINE, by="ward"))
        check(message, "survey.csv is not in the encoding Windows-1252")

    def test_two_variables_of_one_name(self, tmp_path: Path) -> None:
        path = tmp_path / "survey.csv"
        path.write_text("wt,q18,hrs,ward,q18\n1,1,1,a,2\n", encoding="utf-8")
        message = refused(psa.SurveyError, 3, lambda: psa.read_survey(path, WAVE))
        check(message, "survey.csv has more than one variable named 'q18'")
        frame = GOOD.set_axis(["wt", "q18", "hrs", "ward", "q18", "street", "streets"], axis="columns")
        message = refused(psa.SurveyError, 3, lambda: psa.read_survey(frame, WAVE))
        check(message, "the frame has more than one variable named 'q18'")

    @pytest.mark.parametrize("name", ["survey.csv", "survey.tab", "survey.parquet", "survey.sav", "survey.dta"])
    def test_a_file_of_no_bytes(self, name: str, tmp_path: Path) -> None:
        path = tmp_path / name
        path.touch()
        check(refused(psa.SurveyError, 3, lambda: psa.read_survey(path, WAVE)), name)

    @pytest.mark.parametrize("name", ["survey.parquet", "survey.sav", "survey.dta"])
    def test_a_corrupt_file(self, name: str, tmp_path: Path) -> None:
        path = tmp_path / name
        path.write_bytes(b"PAR1 not what it says it is PAR1")
        message = refused(psa.SurveyError, 3, lambda: psa.read_survey(path, WAVE))
        assert message.startswith((f"{name} cannot be read", f"{name} is not of the kind "))

    def test_a_parquet_file_cut_short(self, tmp_path: Path) -> None:
        path = tmp_path / "survey.parquet"
        GOOD.to_parquet(path)
        path.write_bytes(path.read_bytes()[:-50])
        check(refused(psa.SurveyError, 3, lambda: psa.read_survey(path, WAVE)), "survey.parquet cannot be read")

    def test_a_folder_or_an_archive_is_no_survey(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "survey.zip", "w") as archive:
            archive.writestr("survey.txt", "none")
        for path in (tmp_path, tmp_path / "survey.zip"):
            check(refused(psa.SurveyError, 3, lambda path=path: psa.read_survey(path, WAVE)), path.name)


class TestWeights:
    def test_blank_weights_are_named_by_row(self) -> None:
        message = refused(psa.SurveyError, 3, lambda: estimate(wt=[1, None, 1, None]))
        check(message, "the weight 'wt' is missing in rows 2, 4")

    def test_negative_weights_are_named_by_row_and_amount(self) -> None:
        message = refused(psa.SurveyError, 3, lambda: estimate(wt=[1, 1, -0.5, 1]))
        check(message, "is negative in row 3", "-0.5")

    @pytest.mark.parametrize(("found", "shown"), [("heavy", "'heavy'"), (float("inf"), "inf")])
    def test_weights_that_are_no_numbers(self, found: object, shown: str) -> None:
        message = refused(psa.SurveyError, 3, lambda: estimate(wt=pd.Series([1, found, 1, 1], dtype=object)))
        check(message, "is not a number in row 2", shown)

    def test_every_fault_of_the_weights_is_told_at_once(self) -> None:
        message = refused(psa.SurveyError, 3, lambda: estimate(wt=["x", "-1", "", "1"]))
        check(message, "missing in row 3", "not a number in row 1", "negative in row 2")

    def test_weights_that_are_all_zero(self) -> None:
        check(refused(psa.SurveyError, 3, lambda: estimate(wt=0.0)), "is zero in every row, so nobody counts")

    def test_many_wrong_rows_are_counted_and_the_first_shown(self) -> None:
        frame = pd.concat([GOOD] * 100, ignore_index=True)
        message = refused(psa.SurveyError, 3, lambda: estimate(frame=frame, wt=np.nan))
        check(message, "missing in rows 1, 2, 3, 4, 5 and 395 more")


class TestDesign:
    @pytest.mark.parametrize(("variable", "role"), [("region", "stratum"), ("street", "psu")])
    def test_a_blank_stratum_or_psu_is_named_by_row(self, variable: str, role: str) -> None:
        message = refused(psa.SurveyError, 3, lambda: estimate(CLUSTERED, **{variable: [1, 2, None, None]}))
        check(message, f"the {role} '{variable}' is missing in rows 3, 4")

    def test_lonely_psus_are_listed_with_the_remedies(self) -> None:
        message = refused(psa.DesignError, 5, lambda: estimate(CLUSTERED, street=[1, 2, 1, 1]))
        check(message, "1 of 2 strata have a single PSU: 2", "'centre'", "'average'", "'certainty'", "join")

    def test_a_lonely_psu_is_no_error_once_it_is_said_what_to_do(self) -> None:
        survey = psa.read_survey(GOOD.assign(street=[1, 2, 1, 1]), CLUSTERED)
        assert psa.estimate(survey, MINE, lonely_psu="certainty")[0].value == 50

    @pytest.mark.parametrize(
        ("counts", "what"),
        [
            ([9, 9, 9, 8], "stratum 2 has more than one population count"),
            ([9, 9, 1, 1], "stratum 2 has a population count (fpc) below the units sampled"),
            ([0.2, 0.2, 0.2, 0.2], "stratum 1, 2 has a population count (fpc) that is a fraction"),
            ([9, 9, 9.5, 9.5], "stratum 2 has a population count (fpc) that is a fraction"),
        ],
    )
    def test_population_counts_that_cannot_be(self, counts: list[float], what: str) -> None:
        wave = replace(CLUSTERED, fpc=("streets",))
        check(refused(psa.DesignError, 5, lambda: estimate(wave, streets=counts)), what, "what would be right")

    def test_a_population_count_that_is_no_number(self) -> None:
        wave = replace(CLUSTERED, fpc=("streets",))
        message = refused(psa.SurveyError, 3, lambda: estimate(wave, streets=["9", "9", "many", ""]))
        check(message, "the fpc 'streets'", "in rows 3, 4", "'many'")

    def test_weights_that_sum_within_areas_need_populations_for_the_whole(self) -> None:
        wave = replace(WAVE, weight_sums_to="area")
        survey = psa.read_survey(GOOD, wave)
        check(refused(psa.DesignError, 5, lambda: psa.estimate(survey, MINE)), "within each ward", "populations")
        lacking = refused(psa.DesignError, 5, lambda: psa.estimate(survey, MINE, populations={"a": 10.0}))
        check(lacking, "none for b")


class TestNames:
    def test_a_wave_of_another_year_shows_the_years_there_are(self) -> None:
        message = refused(psa.DefinitionError, 4, lambda: psa.wave("place", 2009))
        check(message, "place has no wave 2009", "2008, 2010", "the year fieldwork starts")

    def test_an_unknown_survey(self) -> None:
        check(refused(psa.DefinitionError, 4, lambda: psa.wave("plaice", 2008)), "did you mean 'place'?", ".toml")

    def test_an_unknown_set(self) -> None:
        check(refused(psa.DefinitionError, 4, lambda: psa.indicators("nni")), "did you mean 'nis'?", "psa21")

    def test_a_toml_that_is_not_there(self, tmp_path: Path) -> None:
        path = str(tmp_path / "mine.toml")
        check(refused(psa.MissingFileError, 2, lambda: psa.wave(path, 2010)), path)
        check(refused(psa.MissingFileError, 2, lambda: psa.indicators(path)), path)

    def test_an_unknown_indicator(self) -> None:
        survey = psa.read_survey(GOOD, WAVE)
        message = refused(psa.DefinitionError, 4, lambda: psa.estimate(survey, "nl1"))
        check(message, "there is no indicator 'nl1'", "did you mean 'ni1'?")

    def test_an_indicator_unknown_to_a_set(self) -> None:
        check(refused(psa.DefinitionError, 4, lambda: psa.indicators("nis")["ni8"]), "nis has no indicator 'ni8'")

    def test_a_bare_number_shows_both_of_its_meanings(self) -> None:
        survey = psa.read_survey(GOOD, WAVE)
        message = refused(psa.DefinitionError, 4, lambda: psa.estimate(survey, "3"))
        belonging, civic_participation = psa.indicators("psa21")["psa21.3"], psa.indicators("nis")["ni3"]
        check(message, f"psa21.3: {belonging.title}", f"ni3: {civic_participation.title}", "in full")
        assert "ni23" not in message
        assert "ni7" not in message

    def test_an_indicator_the_wave_does_not_measure(self) -> None:
        survey = psa.read_survey(GOOD, WAVE)
        message = refused(psa.DefinitionError, 4, lambda: psa.estimate(survey, ["ni2", "ni5"]))
        check(message, "ni2: mine 2010 has no question 'belong_neighbourhood'", "ni5: mine 2010 has no question")

    def test_an_answer_the_wave_does_not_know(self) -> None:
        survey = psa.read_survey(GOOD, WAVE)
        message = refused(psa.DefinitionError, 4, lambda: psa.estimate(survey, "ni1"))
        check(message, "'get_on_well' of mine 2010 has no answer 'definitely_agree'")

    def test_a_wave_that_measures_nothing(self) -> None:
        wave = replace(WAVE, questions={"age": Question("hrs", {})})
        message = refused(psa.DefinitionError, 4, lambda: psa.estimate(psa.read_survey(GOOD, wave)))
        check(message, "mine 2010 measures no shipped indicator")

    def test_a_number_cannot_have_named_answers_counted(self) -> None:
        counted = indicator(numerator=AtLeast("get_on_well", 2))
        survey = psa.read_survey(GOOD, WAVE)
        message = refused(psa.DefinitionError, 4, lambda: psa.estimate(survey, counted))
        check(message, "'get_on_well' of mine 2010 has named answers")

    def test_a_wave_before_the_first_definition(self) -> None:
        early = replace(WAVE, year=1999)
        message = refused(psa.DefinitionError, 4, lambda: estimate(early))
        check(message, "mine has no definition for 1999", "since 2000")


def asking(verb: Callable[..., object], *words: Any, **named: Any) -> Callable[..., object]:
    """A verb with all that it needs but the option to be tried."""
    return lambda **option: verb(psa.read_survey(GOOD, WAVE), *words, **(named | option))


VERBS: dict[str, Callable[..., object]] = {
    "estimate": asking(psa.estimate, MINE),
    "total": asking(psa.total, "hours"),
    "mean": asking(psa.mean, "hours"),
    "ratio": asking(psa.ratio, "hours", "hours"),
    "distribution": asking(psa.distribution, "get_on_well"),
    "difference": asking(psa.difference, MINE, "a", "b", by="ward"),
    "association": asking(psa.analysis.association, "get_on_well", "get_on_well"),
    "logistic": asking(psa.analysis.logistic, MINE, "get_on_well"),
    "compare_surveys": lambda **option: psa.compare_surveys(
        psa.read_survey(GOOD, WAVE), psa.read_survey(GOOD, replace(WAVE, year=2012)), MINE, **option
    ),
    "from_published": lambda **option: psa.from_published(
        [{"area": "a", "value": 5, "base": 300}], indicator="ni1", survey="place", wave=2008, **option
    ),
    "plan": lambda **option: psa.plan(value=50, movement=4, **option),
}
VERBS_WITH_A_LEVEL = [verb for verb in VERBS if verb != "association"]
VERBS_WITH_A_POLICY = [verb for verb in VERBS if verb not in {"from_published", "plan"}]


class TestOptions:
    @pytest.mark.parametrize(
        ("by", "meant"), [("wards", "ward"), ("ward*get_on_wel", "get_on_well"), (["all", "wrad"], "ward")]
    )
    def test_an_unknown_breakdown(self, by: Any, meant: str) -> None:
        survey = psa.read_survey(GOOD, WAVE)
        message = refused(psa.DefinitionError, 4, lambda: psa.estimate(survey, MINE, by=by))
        check(message, "mine 2010 has no area kind or question", f"did you mean '{meant}'?")

    def test_a_breakdown_by_a_number(self) -> None:
        survey = psa.read_survey(GOOD, WAVE)
        message = refused(psa.DefinitionError, 4, lambda: psa.estimate(survey, MINE, by="hours"))
        check(message, "'hours' of mine 2010 is a number")

    @pytest.mark.parametrize(("option", "meant"), [({"interval": "wilsn"}, "wilson"), ({"df": "desing"}, "design")])
    def test_an_unknown_word_names_those_there_are(self, option: Any, meant: str) -> None:
        survey = psa.read_survey(GOOD, WAVE)
        with pytest.raises(psa.OptionError, match=rf"unknown .*: use .*did you mean '{meant}'\?"):
            psa.estimate(survey, MINE, **option)

    @pytest.mark.parametrize("level", [0, 100, 150, -5])
    def test_a_level_that_is_no_percentage(self, level: float) -> None:
        survey = psa.read_survey(GOOD, WAVE)
        with pytest.raises(psa.OptionError, match=r"a percentage from 1 to below 100, such as 95"):
            psa.estimate(survey, MINE, level=level)

    @pytest.mark.parametrize("nothing", [{"indicators": []}, {"by": []}])
    def test_a_list_of_nothing(self, nothing: Any) -> None:
        survey = psa.read_survey(GOOD, WAVE)
        with pytest.raises((psa.DefinitionError, ValueError)):
            psa.estimate(survey, **({"indicators": MINE} | nothing))

    def test_a_breakdown_within_areas_by_a_question_that_weights_cannot_be_combined_over(self) -> None:
        survey = psa.read_survey(GOOD, replace(WAVE, weight_sums_to="area"))
        options: Any = {"by": "get_on_well", "populations": {"a": 10.0, "b": 5.0}}
        message = refused(psa.DesignError, 5, lambda: psa.estimate(survey, MINE, **options))
        check(message, "get_on_well", "ward")

    def test_every_bad_option_is_told_at_once(self) -> None:
        survey = psa.read_survey(GOOD, WAVE)
        with pytest.raises(psa.OptionError) as told:
            psa.estimate(survey, MINE, level=0.95, interval="wilsn", df="desing", lonely_psu="nonsense")
        assert [line.split(" ")[1] for line in str(told.value).splitlines()] == ["is", "interval", "df", "lonely_psu"]

    @pytest.mark.parametrize("verb", VERBS_WITH_A_LEVEL)
    @pytest.mark.parametrize("level", [0.95, 0, 100, 400, -5, math.nan, True, "95"])
    def test_a_level_is_checked_alike_by_every_verb(self, verb: str, level: Any) -> None:
        """Left unchecked, 0.95 would be an interval of 0.95% and 400 one without ends."""
        message = refused(psa.OptionError, 2, lambda: VERBS[verb](level=level))
        check(message, "level is a percentage from 1 to below 100, such as 95, not a share; got")

    @pytest.mark.parametrize("verb", VERBS_WITH_A_POLICY)
    def test_a_lonely_psu_policy_is_checked_alike_by_every_verb(self, verb: str) -> None:
        """Left unchecked, any other word would count as certainty: no variance at all."""
        message = refused(psa.OptionError, 2, lambda: VERBS[verb](lonely_psu="nonsense"))
        assert message == "unknown lonely_psu 'nonsense': use fail, certainty, centre or average"


def test_the_exit_code_of_a_bug_is_1() -> None:
    assert exit_code(ZeroDivisionError()) == 1
    assert [exit_code(kind("")) for kind in (psa.OutputError, psa.ComparisonError)] == [3, 6]
