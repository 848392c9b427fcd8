"""What a wave may say of a file: several codes, bands, crosses, ids, one authority, weights missing or not there.

Each figure is summed by hand beside the rows it comes from.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.definitions.waves import Wave

SATISFIED = {"variable": "q3", "answers": {"satisfied": [1, "Very", "fairly"], "not": [2, "Poor"]}, "missing": [-9]}
SEX = {"variable": "sex", "answers": {"male": 1, "female": 2}}
AGE_BAND = {"variable": "Age (years)", "bands": {"18_24": [18, 24], "25_34": [25, 34], "75_and_over": [75]}}
INDICATORS = psa.indicators(
    {
        "title": "Mine",
        "happy": {
            "title": "Satisfied",
            "better": "higher",
            "reference": "by hand",
            "since": {
                2000: {
                    "denominator": {"all_answered": ["satisfied"]},
                    "numerator": {"question": "satisfied", "in": ["satisfied"]},
                }
            },
        },
    }
)


def wave(questions: dict[str, Any], **keys: Any) -> Wave:
    """One wave, as a user writes it in Python: the mapping holds what the TOML file would."""
    return psa.wave({"survey": "mine", "title": "Mine", 2010: {"questions": questions, **keys}}, 2010)


def one(estimates: psa.Estimates, area: str = "all") -> Any:
    (row,) = [row for row in estimates if row.area == area]
    return row


class TestSeveralCodesAndSpellings:
    FRAME = pd.DataFrame({"w": [1.0, 2, 3, 4, 5, 6], "q3": ["1", " Very ", "fairly", "Poor", "2", "-9"]})

    def test_each_code_and_spelling_is_the_answer(self) -> None:
        survey = psa.read_survey(self.FRAME, wave({"satisfied": SATISFIED}, weight="w"))
        row = one(psa.estimate(survey, INDICATORS))
        assert row.base == 5
        assert row.value == pytest.approx(100 * (1 + 2 + 3) / (1 + 2 + 3 + 4 + 5))
        code_1_alone = 100 * 1 / 15
        assert row.value != pytest.approx(code_1_alone)

    @pytest.mark.parametrize("codes", [[1, 1, 3, 2, 2, -9], ["Very", "Very", "fairly", "Poor", "Poor", None]])
    def test_an_engine_adds_the_same(self, codes: list[Any]) -> None:
        frame = self.FRAME.assign(q3=codes)
        asked = {"satisfied": {**SATISFIED, "answers": {"satisfied": [1, 3, "Very", "fairly"], "not": [2, "Poor"]}}}
        if isinstance(codes[0], int):
            asked["satisfied"]["answers"] = {"satisfied": [1, 3], "not": 2}  # type: ignore[index]
        of = wave(asked, weight="w")
        there, here = (psa.estimate(psa.read_survey(data, of), INDICATORS) for data in (relation(frame), frame))
        assert there.notes == ()  # no way back to arrays
        assert one(there).value == pytest.approx(40)
        assert one(there).base == one(here).base == 5
        assert one(there).se == pytest.approx(one(here).se, rel=1e-12)

    def test_an_unknown_code_is_told_beside_all_that_are_known(self) -> None:
        survey = psa.read_survey(self.FRAME.assign(q3="Dunno"), wave({"satisfied": SATISFIED}, weight="w"))
        with pytest.raises(
            psa.SurveyError, match=r"'Dunno' \(6\).*the answers are satisfied = 1 or 'Very' or 'fairly'"
        ):
            psa.estimate(survey, INDICATORS)


def relation(frame: pd.DataFrame) -> Any:
    """The frame as an engine holds it."""
    return duckdb.connect().from_df(frame)


AGES = pd.DataFrame(
    {
        "w": [1.0, 2, 4, 8, 16, 32, 64, 128, 256],
        "q3": [1, 2, 1, 1, 2, 2, 1, 1, 1],
        "sex": [1, 2, 1, 2, 1, 2, 1, 1, np.nan],
        "Age (years)": [17, 18, 24, 24.5, 25, 34, 75, 101, 30],
    }
)
QUESTIONS = {"satisfied": SATISFIED, "sex": SEX, "age_band": AGE_BAND, "age_sex": {"cross": ["sex", "age_band"]}}


class TestBands:
    def test_both_ends_are_in_a_band_and_the_last_is_open(self) -> None:
        survey = psa.read_survey(AGES, wave(QUESTIONS, weight="w"))
        found = {row.answer: (row.base, row.value) for row in psa.distribution(survey, "age_band")}
        total = 2 + 4 + 16 + 32 + 64 + 128 + 256  # without 17 and 24.5, which lie in no band
        assert found["18_24"] == (7, pytest.approx(100 * (2 + 4) / total))
        assert found["25_34"] == (7, pytest.approx(100 * (16 + 32 + 256) / total))
        assert found["75_and_over"] == (7, pytest.approx(100 * (64 + 128) / total))

    def test_a_breakdown_by_bands(self) -> None:
        survey = psa.read_survey(AGES, wave(QUESTIONS, weight="w"))
        rows = psa.estimate(survey, INDICATORS, by="age_band")
        assert [row.area for row in rows] == ["18_24", "25_34", "75_and_over"]
        assert one(rows, "18_24").value == pytest.approx(100 * 4 / 6)
        assert one(rows, "25_34").value == pytest.approx(100 * 256 / 304)

    def test_numbers_stored_as_text_and_listed_missing_codes_are_read_and_other_texts_are_not(self) -> None:
        texts = ["17", "18", "24.0", "24.5", "25", "34", "75", "refused", ""]
        frame = AGES.assign(**{"Age (years)": texts})
        known = {**QUESTIONS, "age_band": {**AGE_BAND, "missing": ["refused"]}}
        bands = psa.distribution(psa.read_survey(frame, wave(known, weight="w")), "age_band")
        assert bands.columns["base"].tolist() == [5, 5, 5]
        with pytest.raises(
            psa.SurveyError, match=r"'Age \(years\)' \('age_band'\) is a number, but holds 'refused' \(1"
        ):
            psa.distribution(psa.read_survey(frame, wave(QUESTIONS, weight="w")), "age_band")

    def test_an_engine_adds_the_same(self) -> None:
        of = wave(QUESTIONS, weight="w")
        there, here = (
            psa.estimate(psa.read_survey(data, of), INDICATORS, by=["all", "age_band", "age_sex"])
            for data in (relation(AGES), AGES)
        )
        assert there.notes == ()  # no way back to arrays
        assert list(there.columns["area"]) == list(here.columns["area"])
        assert there.columns["value"] == pytest.approx(here.columns["value"], rel=1e-12, nan_ok=True)


class TestCross:
    def test_a_cross_is_a_question_whose_answers_are_pairs(self) -> None:
        of = wave(QUESTIONS, weight="w")
        assert of.answers("age_sex")[:3] == ("male*18_24", "male*25_34", "male*75_and_over")
        rows = psa.estimate(psa.read_survey(AGES, of), INDICATORS, by="age_sex")
        # the woman of 18 is not satisfied, the man of 24 is; he of 25 not, she of 34 not; two old men are;
        # whoever gave no sex, and whoever is in no band, is in no pair
        assert {row.area: (row.base, row.value) for row in rows} == {
            "male*18_24": (1, 100),
            "male*25_34": (1, 0),
            "male*75_and_over": (2, 100),
            "female*18_24": (1, 0),
            "female*25_34": (1, 0),
        }

    def test_a_cross_divides_as_the_two_questions_crossed_with_a_star_do(self) -> None:
        survey = psa.read_survey(AGES, wave(QUESTIONS, weight="w"))
        cross, star = (psa.estimate(survey, INDICATORS, by=by) for by in ("age_sex", "sex*age_band"))
        for name in ("area", "base", "weighted_base", "deff"):
            np.testing.assert_array_equal(cross.columns[name], star.columns[name])

    def test_a_rule_may_name_a_pair(self) -> None:
        old_men = {"question": "age_sex", "in": ["male*75_and_over", "female*75_and_over"]}
        survey = psa.read_survey(AGES, wave(QUESTIONS, weight="w", include=old_men))
        assert one(psa.estimate(survey, INDICATORS)).weighted_base == 64 + 128

    def test_an_engine_reads_pairs_and_bands_in_rules(self) -> None:
        """Scores are points of a pair; the base is who is in a pair; both are reckoned by hand below."""
        rules = {
            "denominator": {"all_answered": ["age_sex"]},
            "numerator": {"scores": {"male*18_24": 1, "female*18_24": 2}, "questions": ["age_sex"], "at_least": 2},
        }
        young = psa.indicators(
            {"title": "Y", "y": {"title": "Y", "better": "higher", "reference": "by hand", "since": {2000: rules}}}
        )
        of = wave({**QUESTIONS, "age_band": {**AGE_BAND, "missing": [101]}}, weight="w")
        there, here = (psa.estimate(psa.read_survey(data, of), young) for data in (relation(AGES), AGES))
        assert there.notes == ()
        for row in (one(there), one(here)):
            assert row.weighted_base == 2 + 4 + 16 + 32 + 64  # who is 101 is missing here
            assert row.value == pytest.approx(100 * 2 / 118)

    def test_a_pair_that_is_none_is_told(self) -> None:
        women = {"question": "age_sex", "in": ["female*18-24"]}
        with pytest.raises(psa.DefinitionError, match=r"no answer 'female\*18-24'; did you mean 'female\*18_24'"):
            wave(QUESTIONS, weight="w", include=women)


class TestId:
    def test_a_repeated_id_is_refused_with_its_rows(self) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", id="Return ID")
        ids = [7, 8, 7, None, 9, 8, 7, None, 10]
        with pytest.raises(psa.SurveyError) as raised:
            psa.read_survey(AGES.assign(**{"Return ID": ids}), of)
        assert str(raised.value) == (
            "the frame (wave mine 2010): 2 values of the id 'Return ID' are there more than once: rows 1, 3, 7; "
            "rows 2, 6; keep one row of each respondent"
        )

    def test_blank_ids_repeat_nobodys(self) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", id="Return ID")
        survey = psa.read_survey(AGES.assign(**{"Return ID": [*"abcdefg", None, ""]}), of)
        assert one(psa.estimate(survey, INDICATORS)).base == 9

    def test_an_id_that_the_file_does_not_have_is_told(self) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", id="Return ID")
        with pytest.raises(psa.SurveyError, match="no variable 'Return ID', which wave mine 2010 reads as the id"):
            psa.read_survey(AGES, of)


class TestAuthority:
    @pytest.mark.parametrize("data", [AGES, relation(AGES)], ids=["arrays", "engine"])
    def test_the_whole_file_is_one_areas_and_lies_in_its_wider_areas(self, data: Any) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", authority="E06000020", vintage="2009-04-01")
        rows = psa.estimate(psa.read_survey(data, of), INDICATORS, by=["authority", "region", "england"])
        assert rows.notes == ()
        assert [(row.by, row.area, row.area_name) for row in rows] == [
            ("authority", "E06000020", "Telford and Wrekin"),
            ("region", "E12000005", "West Midlands"),
            ("england", "E92000001", "England"),
        ]  # not a row for each of the other authorities, in which nobody can have answered
        assert rows.columns["value"] == pytest.approx(100 * (1 + 4 + 8 + 64 + 128 + 256) / 511)

    def test_without_a_vintage_the_area_is_what_the_wave_calls_it(self) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", authority="our town")
        rows = psa.estimate(psa.read_survey(AGES, of), INDICATORS, by="authority")
        assert [(row.area, row.base) for row in rows] == [("our town", 9)]

    def test_weights_that_sum_to_the_area_sum_to_this_one(self) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", authority="our town", weight_sums_to="area")
        survey = psa.read_survey(AGES, of)
        assert one(psa.estimate(survey, INDICATORS, by="authority"), "our town").base == 9
        with pytest.raises(psa.DesignError, match="give populations by authority"):
            psa.estimate(survey, INDICATORS)


class TestMissingWeight:
    FRAME = pd.DataFrame(
        {
            "w": [1.0, np.nan, 2, 3, np.nan, 4],
            "psu": ["a", "a", "b", "b", "c", "d"],
            "q3": [1, 1, 2, 1, 1, 2],
        }
    )

    def test_rows_without_a_weight_are_refused_and_the_remedy_is_named(self) -> None:
        survey = psa.read_survey(self.FRAME, wave({"satisfied": SATISFIED}, weight="w"))
        with pytest.raises(psa.SurveyError, match=r'is missing in rows 2, 5; missing_weight = "exclude" in the wave'):
            psa.estimate(survey, INDICATORS)

    @pytest.mark.parametrize("data", [FRAME, relation(FRAME)], ids=["arrays", "engine"])
    def test_or_are_no_part_of_the_survey(self, data: Any) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", psu="psu", missing_weight="exclude")
        found = psa.estimate(psa.read_survey(data, of), INDICATORS)
        row = one(found)
        assert found.notes == ()
        assert (row.base, row.weighted_base) == (4, 10)
        assert row.value == pytest.approx(100 * (1 + 3) / 10)
        assert row.psus == 3  # a, b and d: nobody of c has a weight (4 would take c for a PSU with nobody in the base)
        # PSU totals of w (y - p) over the sum of weights, p = 0.4: a 0.6, b 3 - 2 = 1.8 - 0.8 = 1.0, d -1.6; sum 0
        assert row.se == pytest.approx(100 * np.sqrt(3 / 2 * (0.6**2 + 1.0**2 + 1.6**2) / 10**2))

    def test_it_is_the_same_as_a_file_without_them(self) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", psu="psu", missing_weight="exclude")
        kept = self.FRAME.dropna()
        assert psa.estimate(psa.read_survey(self.FRAME, of), INDICATORS) == psa.estimate(
            psa.read_survey(kept, of), INDICATORS
        )

    @pytest.mark.parametrize("blank", ["", "  ", None])
    def test_a_weight_stored_as_text_is_missing_where_it_is_blank(self, blank: str | None) -> None:
        frame = self.FRAME.assign(w=["1", blank, "2", " 3", blank, "4.0"])
        of = wave({"satisfied": SATISFIED}, weight="w", psu="psu", missing_weight="exclude")
        there, here = (psa.estimate(psa.read_survey(data, of), INDICATORS) for data in (relation(frame), frame))
        assert there.notes == ()
        assert one(there).weighted_base == one(here).weighted_base == 10

    def test_rows_are_still_named_by_their_place_in_the_file(self) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", psu="psu", missing_weight="exclude")
        frame = self.FRAME.assign(psu=["a", None, "b", None, "c", "d"])
        with pytest.raises(psa.SurveyError, match=r"the psu 'psu' is missing in row 4"):
            psa.estimate(psa.read_survey(frame, of), INDICATORS)

    def test_replicate_weights_of_the_same_rows_are_used(self) -> None:
        replicates = {"columns": "rw*", "kind": "JK1"}
        of = wave({"satisfied": SATISFIED}, weight="w", replicates=replicates, missing_weight="exclude")
        frame = self.FRAME.assign(rw1=[0, np.nan, 4, 3, np.nan, 4], rw2=[2, np.nan, 2, 3, np.nan, 0])
        row = one(psa.estimate(psa.read_survey(frame, of), INDICATORS))
        assert row.value == pytest.approx(40)
        # replicates 3/11 and 5/7 about their mean, scale (2 - 1) / 2
        deviation = (5 / 7 - 3 / 11) / 2
        assert row.se == pytest.approx(100 * np.sqrt(1 / 2 * 2 * deviation**2))

    def test_a_file_without_any_weight_is_told(self) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", missing_weight="exclude")
        with pytest.raises(psa.SurveyError, match="the weight 'w' is missing in every row, so nobody counts"):
            psa.estimate(psa.read_survey(self.FRAME.assign(w=np.nan), of), INDICATORS)

    def test_a_check_counts_them(self) -> None:
        of = wave({"satisfied": SATISFIED}, weight="w", missing_weight="exclude")
        found = psa.check(psa.read_survey(self.FRAME, of))
        assert found.weights[0].rows == 6
        assert found.weights[0].not_a_weight == 2


class TestNoWeight:
    @pytest.mark.parametrize("data", [AGES, relation(AGES)], ids=["arrays", "engine"])
    def test_everyone_counts_the_same_and_the_table_says_so(self, data: Any) -> None:
        found = psa.estimate(psa.read_survey(data, wave({"satisfied": SATISFIED})), INDICATORS)
        row = one(found)
        assert found.notes == ()
        assert (row.base, row.weighted_base) == (9, 9)
        assert row.value == pytest.approx(100 * 6 / 9)  # 100 * 461 / 511 with the weights of column w
        assert row.method.endswith("linearised, unweighted (all weights 1)")
        # simple random sampling with replacement: p (1 - p) / (n - 1)
        assert row.se == pytest.approx(100 * np.sqrt((6 / 9) * (3 / 9) / 8))
        assert row.deff == pytest.approx(1)

    def test_with_weights_the_table_says_nothing_of_it(self) -> None:
        row = one(psa.estimate(psa.read_survey(AGES, wave({"satisfied": SATISFIED}, weight="w")), INDICATORS))
        assert "unweighted" not in row.method

    def test_a_weighting_stands_in_place_of_no_weight(self) -> None:
        frame = AGES.dropna()
        made = psa.weighting.rake(frame, {"sex": {1: 60.0, 2: 40.0}})
        of = wave({"satisfied": SATISFIED})
        row = one(psa.estimate(psa.read_survey(frame, of, weighting=made), INDICATORS))
        # five men of weight 12, four satisfied; three women of weight 40/3, one satisfied
        assert row.value == pytest.approx(4 * 12 + 40 / 3)
        assert "unweighted" not in row.method

    def test_totals_are_of_respondents(self) -> None:
        asked = {"age": {"variable": "Age (years)"}}
        total = psa.total(psa.read_survey(AGES, wave(asked)), "age")[0]
        assert total.value == pytest.approx(17 + 18 + 24 + 24.5 + 25 + 34 + 75 + 101 + 30)
        assert "unweighted" in total.method

    def test_a_check_works_before_there_are_weights(self) -> None:
        found = psa.check(psa.read_survey(AGES, wave(QUESTIONS, authority="our town")))
        assert found.weights[0].sum == 9
        assert [(row.area, row.respondents) for row in found.areas] == [("our town", 9)]
        assert [row.question for row in found.questions] == ["satisfied", "sex", "age_band"]


class TestMappings:
    def test_every_problem_of_a_mapping_is_told_at_once(self) -> None:
        with pytest.raises(psa.DefinitionError) as raised:
            psa.wave(
                {"survey": "mine", "title": "Mine", 2010: {"wieght": "w", "questions": {"sex": {"bands": 3}}}}, 2010
            )
        assert str(raised.value).splitlines()[:3] == [
            "the mapping:",
            "  - 2010.questions.sex.bands: must be a table, got 3",
            "  - 2010.questions.sex.variable: is missing",
        ]
        assert "2010.wieght: is not a field of a wave; did you mean 'weight'?" in str(raised.value)

    def test_a_year_that_the_mapping_does_not_have_is_told(self) -> None:
        with pytest.raises(psa.DefinitionError, match=r"the mapping has no wave 2011; its waves .* are 2010"):
            psa.wave({"survey": "mine", "title": "Mine", "2010": {"questions": {"sex": SEX}}}, 2011)

    def test_tuples_are_lists(self) -> None:
        of = wave({"satisfied": {**SATISFIED, "missing": (-9,)}, "band": {"variable": "x", "bands": {"a": (1, 2)}}})
        assert of == wave({"satisfied": SATISFIED, "band": {"variable": "x", "bands": {"a": [1, 2]}}})

    def test_a_set_given_as_a_mapping_may_share_a_shipped_definition(self) -> None:
        mine = psa.indicators(
            {
                "title": "Mine",
                "mix": {"title": "M", "better": "higher", "reference": "x", "since": {"like": "ni1", "set": "nis"}},
            }
        )
        assert mine["mix"].definitions == psa.indicators("nis")["ni1"].definitions
        with pytest.raises(psa.DefinitionError, match="the mapping has no indicator 'mic'; did you mean 'mix'"):
            mine["mic"]

    def test_a_path_may_be_a_path(self, tmp_path: Any) -> None:
        path = tmp_path / "mine.toml"
        path.write_text('survey = "mine"\ntitle = "Mine"\n\n[2010.questions.sex]\nvariable = "sex"\n')
        assert psa.wave(path, 2010) == psa.wave(str(path), 2010)
