"""Geography: counts with a published author, codes old and new, and what may be compared with what."""

from __future__ import annotations

import csv
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, strategies as st

from psaindicators.errors import DefinitionError, DesignError, OptionError
from psaindicators.geography.code_history import predecessors, successors
from psaindicators.geography.matching import Pair, match_areas
from psaindicators.geography.vintages import KINDS, area_history, areas
from psaindicators.kernel.combining import population_weighted
from tests.paths import TABLES

PLACE = TABLES / "place_survey_2008_areas.csv"
ROUNDING = 1e-12  # a handful of additions and products of doubles
BEFORE, AFTER = "2009-03-31", "2009-04-01"


def published_areas() -> list[dict[str, str]]:
    """The areas of the published Place Survey 2008 table (Communities and Local Government, April 2009)."""
    with PLACE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def tiers(vintage: str) -> Counter[str]:
    return Counter(area.tier for area in areas(vintage))


class TestCounts:
    @pytest.mark.parametrize(
        ("day", "authorities"),
        [
            ("1998-04-01", 354),
            (BEFORE, 354),
            (AFTER, 326),
            ("2019-03-31", 326),
            ("2019-04-01", 317),  # ONS: local authority districts of England, April 2019
            ("2020-04-01", 314),
            ("2021-04-01", 309),
            ("2023-04-01", 296),
            ("2025-12-31", 296),
        ],
    )
    def test_authorities_in_force(self, day: str, authorities: int) -> None:
        assert len(areas(day)) == len(set(areas(day).codes("authority"))) == authorities

    def test_tiers_before_april_2009(self) -> None:
        # 34 counties + 46 unitaries + 36 metropolitan districts + 33 London boroughs + Isles of Scilly = 150
        assert tiers(BEFORE) == {
            "unitary": 46,
            "metropolitan district": 36,
            "London borough": 33,
            "non-metropolitan district": 239,
        }
        assert len(areas(BEFORE).codes("county")) == 34
        assert len(areas(BEFORE).upper_tier()) == 34 + 46 + 36 + 33 + 1 == 150

    def test_tiers_from_april_2009(self) -> None:
        # the 201 districts, 55 unitaries (56 with Scilly), 36 and 33 of the Place Survey's published table
        assert tiers(AFTER) == {
            "unitary": 56,
            "metropolitan district": 36,
            "London borough": 33,
            "non-metropolitan district": 201,
        }
        assert len(areas(AFTER).codes("county")) == 27
        assert len(areas(AFTER).upper_tier()) == 27 + 56 + 36 + 33 == 152

    @pytest.mark.parametrize("day", [BEFORE, AFTER])
    def test_the_150_laa_areas_are_the_upper_tier_of_june_2008_in_either_vintage(self, day: str) -> None:
        # 152 would be the upper tier after the change: the agreements were signed before it
        assert areas(day).codes("laa") == areas("2008-06-30").upper_tier()

    def test_a_merger_across_laa_areas_lies_in_none(self) -> None:
        in_none = [area.name for area in areas("2019-04-01") if not area.laa]
        assert in_none == ["Bournemouth, Christchurch and Poole"]

    def test_38_codes_end_in_2009_and_37_of_them_are_abolitions(self) -> None:
        ended = [area for area in areas(BEFORE) if area.end == BEFORE]
        re_coded = []
        for area in ended:
            try:
                re_coded.append(areas(AFTER).find(area.code))
            except DefinitionError:
                assert len(successors(area.code)) == 1
        assert (len(ended), [area.name for area in re_coded]) == (38, ["Isles of Scilly"])

    def test_every_code_and_name_has_one_area_a_day(self) -> None:
        rows = list(area_history())
        for day in (BEFORE, AFTER, "2018-04-01", "2025-04-01"):
            there = [row.code for row in rows if row.start <= day and (not row.end or day <= row.end)]
            assert sorted(there) == sorted(areas(day).codes("authority"))


class TestFind:
    def test_every_published_authority_is_found_with_its_region(self) -> None:
        there = areas(AFTER)
        published = [row for row in published_areas() if row["tier"] != "county"]
        assert len(published) == 325  # 326 less the Isles of Scilly, where there was no survey
        for row in published:
            area = there.find(row["code"])
            assert (area.code, area.name, area.tier) == (row["code"], row["name"], row["tier"])
            assert there.names("region", [area.region]).tolist() == [row["region"]]
            assert there.find(row["name"]) == area
            if row["snac"]:
                assert there.find(row["snac"]) == area
            if row["county"]:
                assert there.names("county", [area.county]).tolist() == [row["county"]]
            else:
                assert area.county == ""

    def test_every_published_county_is_found(self) -> None:
        published = [row for row in published_areas() if row["tier"] == "county"]
        assert [areas(AFTER).find(row["code"]).name for row in published] == [row["name"] for row in published]
        assert sorted(row["code"] for row in published) == list(areas(AFTER).codes("county"))

    @pytest.mark.parametrize(
        ("later", "earlier", "old", "name"),
        [
            ("E06000057", "E06000048", "00EM", "Northumberland"),
            ("E08000037", "E08000020", "00CH", "Gateshead"),
            ("E07000242", "E07000097", "26UD", "East Hertfordshire"),
            ("E07000240", "E07000100", "26UG", "St Albans"),
            ("E07000241", "E07000104", "26UL", "Welwyn Hatfield"),
            ("E07000243", "E07000101", "26UH", "Stevenage"),
            ("E08000038", "E08000016", "00CC", "Barnsley"),
            ("E08000039", "E08000019", "00CG", "Sheffield"),
        ],
    )
    def test_a_re_issued_code_finds_its_area(self, later: str, earlier: str, old: str, name: str) -> None:
        for text in (later, earlier, old, old.lower(), name, f" {name.upper()} "):
            assert areas(AFTER).find(text).code == earlier
            assert areas("2025-04-01").find(text).code == later

    def test_the_isles_of_scilly_were_re_coded(self) -> None:
        assert areas(BEFORE).find("E06000053").code == "E07000025"
        assert areas(AFTER).find("E07000025").code == "E06000053"

    def test_other_spellings(self) -> None:
        there = areas(AFTER)
        assert there.find("Cheshire West & Chester").code == "E06000050"
        assert there.find("Bristol").code == there.find("bristol, city of").code == "E06000023"
        assert areas("2025-04-01").find("Shepway").name == "Folkestone and Hythe"
        assert areas(AFTER).find("Folkestone and Hythe").name == "Shepway"
        with pytest.raises(DefinitionError):  # not the whole of a name
            areas("2025-04-01").find("Bournemouth, C")

    def test_an_abolished_area_says_when_and_what_became_of_it(self) -> None:
        with pytest.raises(DefinitionError) as error:
            areas(AFTER).find("09UC")
        assert str(error.value) == (
            "'09UC': Mid Bedfordshire (E07000001) was abolished on 31 March 2009; "
            "its area went to Central Bedfordshire (E06000056)"
        )

    def test_an_area_yet_to_come_says_when_and_from_what(self) -> None:
        with pytest.raises(DefinitionError) as error:
            areas(BEFORE).find("Central Bedfordshire")
        assert str(error.value) == (
            "'Central Bedfordshire': Central Bedfordshire (E06000056) was created on 1 April 2009, "
            "from Mid Bedfordshire (E07000001) and South Bedfordshire (E07000003)"
        )

    def test_a_near_miss_is_named(self) -> None:
        with pytest.raises(DefinitionError, match=r"'Hartlepol' .* 1 April 2009; .* Hartlepool \(E06000001\)"):
            areas(AFTER).find("Hartlepol")

    def test_durham_before_2009_is_a_district_and_a_county(self) -> None:
        with pytest.raises(DefinitionError, match=r"Durham \(E07000056\) and Durham \(E10000010\): give the code"):
            areas(BEFORE).find("Durham")
        assert areas(BEFORE).levels(["Durham"])["authority"].tolist() == ["E07000056"]

    @pytest.mark.parametrize("vintage", ["2009", "1 April 2009", "1997-04-01", "2031-04-01"])
    def test_a_vintage_is_a_known_day(self, vintage: str) -> None:
        with pytest.raises(DefinitionError, match="vintage"):
            areas(vintage)

    def test_a_vintage_is_a_text(self) -> None:
        with pytest.raises(OptionError, match="vintage must be text, got 2009"):
            areas(2009)  # type: ignore[arg-type]


class TestLevels:
    def test_levels_of_a_district_a_unitary_and_a_re_issued_code(self) -> None:
        levels = areas(AFTER).levels(["18UB", "E06000057", "E06000056", "00AA"])
        assert tuple(levels) == areas(AFTER).kinds == KINDS
        assert {kind: codes.tolist() for kind, codes in levels.items()} == {
            "authority": ["E07000040", "E06000048", "E06000056", "E09000001"],
            "county": ["E10000008", "", "", ""],
            "region": ["E12000009", "E12000001", "E12000006", "E12000007"],
            "laa": ["E10000008", "E10000022", "E10000001", "E09000001"],
            "england": ["E92000001"] * 4,
        }

    def test_before_2009_mid_bedfordshire_lies_in_bedfordshire(self) -> None:
        levels = areas(BEFORE).levels(["09UC", "E07000025"])
        assert levels["county"].tolist() == ["E10000001", "E10000005"]
        assert levels["laa"].tolist() == [
            "E10000001",
            "E07000025",
        ]  # Scilly: in the county's name, not in its LAA

    def test_names_at_every_level(self) -> None:
        there = areas(BEFORE)
        for kind in KINDS:
            assert all(there.names(kind, there.codes(kind)))
        assert there.names("laa", ["E10000008", "E07000025"]).tolist() == ["Devon", "Isles of Scilly"]
        assert there.names("england", ["E92000001"]).tolist() == ["England"]
        with pytest.raises(DefinitionError, match="no region of vintage 2009-03-31 has the code E13000001"):
            there.names("region", ["E13000001"])

    def test_all_problems_at_once_and_the_vintage_that_fits(self) -> None:
        with pytest.raises(DefinitionError) as error:
            areas(AFTER).levels(["09UC", "15UB", "E07000008"])
        head, *lines = str(error.value).splitlines()
        assert head == (
            "2 of 3 codes are not authorities of vintage 2009-04-01 "
            "(all of them are of 2009-03-31: is that the file's vintage?):"
        )
        assert [line.split(":")[0] for line in lines] == ["  '09UC'", "  '15UB'"]

    def test_a_county_is_no_lower_tier_authority(self) -> None:
        with pytest.raises(DefinitionError, match=r"Devon \(E10000008\) is a county, not a lower-tier authority"):
            areas(AFTER).levels(["E10000008"])

    def test_an_unknown_kind(self) -> None:
        with pytest.raises(DefinitionError, match=r"'regions' is not a kind .* did you mean 'region'"):
            areas(AFTER).codes("regions")


class TestHistory:
    def test_mid_and_south_bedfordshire_became_central_bedfordshire(self) -> None:
        assert [area.name for area in predecessors("00KC")] == ["Mid Bedfordshire", "South Bedfordshire"]
        assert [area.code for area in successors("09UC")] == ["E06000056"]

    def test_predecessors_are_authorities_only(self) -> None:
        # Northumberland replaced its county too: beside its 6 districts everyone would count twice
        assert {area.tier for area in predecessors("E06000048")} == {"non-metropolitan district"}
        assert len(predecessors("E06000048")) == 6

    def test_every_successor_has_its_predecessors_in_the_vintage_before(self) -> None:
        made = [area for area in areas(AFTER) if area.start == AFTER]
        from_districts = [old.code for area in made for old in predecessors(area.code)]
        assert (len(made), len(from_districts)) == (10, 38)
        assert sorted(from_districts) == sorted(area.code for area in areas(BEFORE) if area.end == BEFORE)

    def test_a_current_area_has_no_successor(self) -> None:
        assert successors("E06000001") == predecessors("E06000001") == ()
        assert successors("E07000112") == ()  # Shepway was renamed and stayed itself
        with pytest.raises(DefinitionError, match="'09UZ' is not a code"):
            successors("09UZ")

    def test_the_table_has_a_successor_for_each_of_the_38(self) -> None:
        table = areas(BEFORE).to_table()
        names = ["code", "name", "tier", "county", "region", "laa", "snac", "start", "end", "successor"]
        assert list(table.columns) == names
        assert sum(row.end == BEFORE and row.successor != "" for row in table) == 38


class TestMatch:
    def test_codes_old_and_new_pair(self) -> None:
        matched = match_areas(
            ["E06000048", "26UD", "Ward 1", "E07000002"], ["E06000055", "E06000057", "E07000242", "Ward 1"]
        )
        assert matched.pairs == (
            Pair("E06000048", "E06000057", "re-coded"),
            Pair("26UD", "E07000242", "another coding of the same area"),
            Pair("Ward 1", "Ward 1", ""),
            Pair("E07000002", "E06000055", "a new authority with the same boundary"),
        )
        assert matched.unmatched == ()

    def test_a_merged_area_is_not_compared(self) -> None:
        matched = match_areas(["E07000001", "E07000008", "zz"], ["E06000056", "E06000050"])
        assert matched.pairs == ()
        assert [(one.code, one.wave, one.reason) for one in matched.unmatched] == [
            (
                "E07000001",
                "earlier",
                "its area went to Central Bedfordshire (E06000056): not comparable directly",
            ),
            ("E07000008", "earlier", "Cambridge (E07000008) is not in the later wave"),
            ("zz", "earlier", "no area has this code, and it is not in the later wave"),
            ("E06000056", "later", "made from Mid Bedfordshire (E07000001): not comparable directly"),
            ("E06000050", "later", "Cheshire West and Chester (E06000050) is not in the earlier wave"),
        ]

    def test_a_chain_of_mergers_is_followed(self) -> None:
        # Taunton Deane -> Somerset West and Taunton (2019) -> Somerset (2023)
        matched = match_areas(["E07000190"], ["E06000066"])
        assert matched.unmatched[0].reason == "its area went to Somerset (E06000066): not comparable directly"

    def test_one_area_under_two_codes_is_left_out(self) -> None:
        matched = match_areas(["E06000048", "00EM"], ["E06000057"])
        assert matched.pairs == ()
        assert {one.reason for one in matched.unmatched} == {
            "Northumberland (E06000048) stands under two codes in one wave",
            "Northumberland (E06000057) stands under two codes in one wave",
        }

    def test_the_150_and_the_152(self) -> None:
        matched = match_areas(areas(BEFORE).upper_tier(), areas(AFTER).upper_tier())
        # 150 less Bedfordshire, Cheshire and Cornwall (without Scilly); 152 less the 5 made from them
        assert len(matched.pairs) == 150 - 3 == 152 - 5
        assert sorted(one.code for one in matched.unmatched if one.wave == "earlier") == [
            "E10000001",
            "E10000004",
            "E10000005",
        ]
        assert sum(pair.reason != "" for pair in matched.pairs) == 5  # Durham, Northumb., Shropshire, Wilts, Scilly


class TestCombining:
    def test_a_county_is_the_population_weighted_mean_of_its_districts(self) -> None:
        # 100,000 people at 60% and 20,000 at 80%, 1,100 answers each:
        # value (100 x 60 + 20 x 80) / 120 = 190/3
        # variance (5/6)^2 x 60 x 40 / 1100 + (1/6)^2 x 80 x 20 / 1100 = 14/9
        variances = np.array([60 * 40 / 1100, 80 * 20 / 1100])
        value, variance = population_weighted(np.array([60.0, 80.0]), variances, np.array([1e5, 2e4]))
        assert value == pytest.approx(190 / 3, rel=ROUNDING)
        assert variance == pytest.approx(14 / 9, rel=ROUNDING)
        # the classic wrong numbers, from pooling the two samples: 70%, and a variance of 70 x 30 / 2200
        assert value < 70 - 6
        assert variance > 70 * 30 / 2200

    def test_a_column_per_indicator(self) -> None:
        values = np.array([[60.0, 10.0], [80.0, 40.0]])
        value, variance = population_weighted(values, np.ones((2, 2)), np.array([3.0, 1.0]))
        assert value.tolist() == [65.0, 17.5]
        assert variance.tolist() == [0.625, 0.625]  # (9 + 1) / 16

    def test_an_area_without_a_value_leaves_the_whole_without_one(self) -> None:
        value, _ = population_weighted(np.array([60.0, np.nan]), np.ones(2), np.array([3.0, 1.0]))
        assert np.isnan(value)

    @pytest.mark.parametrize("bad", [0.0, -5.0, np.nan, np.inf])
    def test_a_population_is_a_positive_number(self, bad: float) -> None:
        with pytest.raises(DesignError, match="population above 0 to be combined; found area 2"):
            population_weighted(np.ones(2), np.ones(2), np.array([3.0, bad]))

    def test_no_areas(self) -> None:
        with pytest.raises(DesignError, match="found no areas"):
            population_weighted(np.ones(0), np.ones(0), np.ones(0))

    @given(
        st.lists(st.tuples(st.floats(0, 100), st.floats(0, 25), st.floats(1e2, 1e6)), min_size=2, max_size=12),
        st.data(),
    )
    def test_counties_and_then_the_region_equal_the_districts_at_once(
        self, districts: list[tuple[float, float, float]], data: st.DataObject
    ) -> None:
        values, variances, populations = np.array(districts).T
        cut = data.draw(st.integers(1, len(districts) - 1))
        parts = [slice(None, cut), slice(cut, None)]
        counties = [population_weighted(values[p], variances[p], populations[p]) for p in parts]
        whole = population_weighted(
            np.array([value for value, _ in counties]),
            np.array([variance for _, variance in counties]),
            np.array([populations[p].sum() for p in parts]),
        )
        at_once = population_weighted(values, variances, populations)
        assert np.asarray(whole) == pytest.approx(np.asarray(at_once), rel=ROUNDING, abs=ROUNDING)
