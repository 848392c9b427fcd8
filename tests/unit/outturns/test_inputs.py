"""What a configuration names is opened once, is what was meant, and is what everything is made and judged from."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

import psaindicators as psa
from psaindicators.definitions.reliability_files import rule_of_every_row
from psaindicators.definitions.shipped import all_shipped
from psaindicators.errors import exit_code
from psaindicators.files import csv_lines, microdata, strict_toml
from psaindicators.outturns.batch import carried_out, compute
from psaindicators.outturns.configuration import read_configuration
from psaindicators.outturns.inputs import open_inputs
from tests.paths import SAMPLES
from tests.unit.outturns.council import CLEAN, changed, digest, write_council, write_wave


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_council(tmp_path)


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the openings of each data file, TOML and CSV from here on, at the one place where each kind is opened."""
    rule_of_every_row.cache_clear()
    opened: Counter[str] = Counter()
    all_shipped.cache_clear()

    def counting(reader: Callable[..., Any]) -> Callable[..., Any]:
        def read(path: Path, *rest: Any) -> Any:
            opened[path.name] += 1
            return reader(path, *rest)

        return read

    for module, name in ((microdata, "_read_path"), (strict_toml, "parse"), (csv_lines, "_rows")):
        monkeypatch.setattr(module, name, counting(getattr(module, name)))
    return opened


def test_every_survey_set_and_table_is_opened_once(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a comparison of shared PSUs, an index of the same file, targets, a reward and an assessment."""
    opened = counted(monkeypatch)
    psa.outturn(config)
    data = {f"streets_{year}.csv" for year in CLEAN}
    tables = {"targets.csv", "adopting.csv", "published.csv", "populations.csv"}
    assert opened == Counter(
        data | tables | {"streets.toml", "council.toml", "own.toml", "local_psa.toml", "every_row.toml"}
    )


def test_every_survey_and_shipped_set_is_opened_once_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = counted(monkeypatch)
    found = compute(open_inputs(read_configuration(SAMPLES / "outturn.toml")))
    assert opened == Counter({path.name for path in found.sha256} | {"outturn.toml"})
    assert {"nis.toml", "psa21.toml", "citizenship.toml", "labour_force.toml", "place_2008.parquet"} < opened.keys()


def test_a_set_that_only_a_definition_names_is_opened_once_and_is_in_the_manifest(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The council's rule is written in a set of the region, of which no other indicator is judged or estimated."""
    own = config.with_name("own.toml")
    rule = own.read_text()[own.read_text().index("[tidy.since.2000]") : own.read_text().index("[town]")]
    regional = """title = "Regional"\n[swept]\ntitle = "Swept"\nbetter = "higher"\nreference = "a circular"\n"""
    config.with_name("regional.toml").write_text(regional + rule.replace("tidy", "swept"))
    own.write_text(own.read_text().replace(rule, 'since = { like = "swept", set = "regional.toml" }\n'))
    opened = counted(monkeypatch)
    found = psa.outturn(config)
    assert opened["regional.toml"] == opened["own.toml"] == 1
    assert {path.name: sha for path, sha in found.sha256.items()}["regional.toml"] == digest(
        config.with_name("regional.toml")
    )
    assert {row.indicator for one in found.estimates for row in one} == {"tidy"}


def test_one_file_read_as_two_waves_is_opened_once_and_added_up_in_one_order(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By one thread: more would add in another order on another run, and give other last digits."""
    opened: list[tuple[str, object]] = []
    reader = microdata._read_path

    def read(path: Path, layout: Any, threads: Any) -> Any:
        opened.append((path.name, threads))
        return reader(path, layout, threads)

    monkeypatch.setattr(microdata, "_read_path", read)
    psa.outturn(changed(config, {"streets_2008.csv": "streets_2010.csv"}))
    assert opened == [("streets_2010.csv", 1)]


def test_nothing_is_estimated_while_inputs_are_opened(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def estimated(*_: object, **__: object) -> None:
        raise AssertionError("estimated")

    for made in ("batch.estimated_tables", "judging.estimate"):
        monkeypatch.setattr(f"psaindicators.outturns.{made}", estimated)
    inputs = open_inputs(read_configuration(config))
    assert list(inputs.surveys) == ["streets 2008", "streets 2010"]
    assert not (config.parent / "out").exists()
    with pytest.raises(AssertionError, match="estimated"):
        compute(inputs)


def test_one_file_read_as_one_wave_is_one_survey(config: Path) -> None:
    inputs = open_inputs(read_configuration(config))
    assert inputs.index is not None
    surveys = {id(part.survey) for part in inputs.index.parts.values()}
    assert surveys == {id(inputs.surveys["streets 2010"].survey)}


def test_waves_that_share_psus_are_compared_from_what_was_opened(config: Path) -> None:
    """z of 2010 is that of 2008 turned round, z = (-1.5, 0.5, -0.5, 1.5) / 16 in 2008 (clean less 4 x 0.375).

    v_1 = v_2 = 4/3 x 5/256 and c = -v_1, so v = 4 v_1; without the covariance it would be 2 v_1.
    """
    [movements] = psa.outturn(config).judgements.movements.values()
    row = movements.where(by="all")[0]
    assert row.change == pytest.approx(25)
    assert row.se == pytest.approx(100 * sqrt(4 * 4 / 3 * 5 / 256))
    assert row.verdict == "no reportable change"  # 25 points, and 20 were asked for, but chance alone gives 103
    assert row.note == "reaches the minimum but is not significant at 95%"


def test_movements_are_adjusted_for_many_areas_where_the_configuration_says_so(config: Path) -> None:
    """Of two areas the lesser p-value counts twice, the greater times 2 / 2; the summary counts them with chance."""
    outturn = psa.outturn(changed(config, {"minimum     = 20": "adjust_for_many = true"}))
    [movements] = outturn.judgements.movements.values()
    rows = movements.where(by="authority").columns
    assert set(rows["adjustment"]) == {"Benjamini-Hochberg"}
    assert rows["p_value"][0] < rows["p_value"][1]
    assert rows["p_adjusted"] == pytest.approx([2 * rows["p_value"][0], rows["p_value"][1]])
    assert "by_chance" in outturn.text


def test_shared_psus_and_their_estimates_may_come_of_other_breakdowns_in_common(config: Path) -> None:
    whole = psa.outturn(config).judgements.movements["streets 2008 to streets 2010"]
    text = config.read_text().replace('["all", "authority"]', '["authority", "clean", "all"]', 1)
    config.write_text(text)
    found = psa.outturn(config).judgements.movements["streets 2008 to streets 2010"]
    for by in ("all", "authority"):
        assert found.where(by=by) == whole.where(by=by)


def test_a_councils_own_set_has_targets_a_reward_an_index_and_an_assessment(config: Path) -> None:
    """At a level of 50% the authority's 50 points are significant: z moves by (2, -2) / 8, so 0.765 x 40.8 = 31."""
    found = psa.outturn(changed(config, {'output = "out"': 'output = "out"\nlevel = 50'})).judgements
    assert found.scores is not None
    assert found.rewards is not None
    assert found.index is not None
    assert found.assessment is not None
    score = found.scores[0]
    assert (score.indicator, score.outturn, score.verdict) == ("tidy", pytest.approx(75), "target met")  # 6 of 8
    assert score.progress == pytest.approx((75 - 25) / (60 - 25))
    assert found.rewards.total == 1000  # (75 - 20) / (60 - 20) of the enhancement, which is paid to the cap
    assert found.index[0].value == pytest.approx(100 * 62.5 / 37.5 * 16 / 16)
    assert found.index[0].se == pytest.approx(found.index[0].value * sqrt(4 / 3 * 5 / 256) / 0.625)  # 16 visits, always
    assert {row.indicator: row.verdict for row in found.assessment} == {"tidy": "improved", "town": "improved"}
    assert found.assessment.rating == "strong progress"
    assert psa.outturn(config).estimates[1].where(by="all")[0].agrees == "yes"


def test_an_index_of_a_set_that_no_survey_names_is_told(config: Path) -> None:
    with pytest.raises(psa.DefinitionError, match=r"there is no indicator 'psa21\.5'"):
        psa.outturn(changed(config, {'"town"': '"psa21.5"'}))


def test_lonely_psus_of_an_index_are_treated_as_those_of_every_survey(config: Path) -> None:
    """Authorities as strata, PSU 4 gone: the wave says nothing, so it would fail; the configuration says certainty."""
    rows = [row for row in csv.reader((config.parent / "streets_2010.csv").open(newline="")) if row[1] != "4"]
    with (config.parent / "streets_2010.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    changed(config.parent / "council.toml", {'psu    = "psu"': 'psu    = "psu"\nstratum = "la"'})
    with pytest.raises(psa.DesignError):
        psa.outturn(config)
    changed(config, {'title  = "Streets"': 'title = "Streets"\nlonely_psu = "certainty"'})
    index = psa.outturn(config).judgements.index
    assert index is not None
    # 9 of 12 clean; in the first stratum z = (4 - 3, 2 - 3) / 12, v = 2/1 x 2/144; the second stands as certain
    assert index[0].se / index[0].value == pytest.approx(sqrt(2 * 2 / 144) / 0.75)


def test_an_index_of_a_survey_with_stated_populations_is_of_them(config: Path) -> None:
    """Weights sum within authorities: 6 of 8 clean among 160,000 people and 4 of 8 among 260,000; not 10 of 16."""
    changed(config.parent / "council.toml", {'psu    = "psu"': 'psu = "psu"\nweight_sums_to = "area"'})
    changed(config.parent / "own.toml", {", visits = 16": ""})
    text = changed(config, {"shared_psus = true": ""}).read_text()
    visits = text[text.index("[index.parts.visits]") : text.index("[targets]")]
    config.write_text(text.replace(visits, "").replace('["all", "authority"]', '"authority"', 1))
    index = psa.outturn(config).judgements.index
    assert index is not None
    assert index[0].tidy == pytest.approx((160 * 75 + 260 * 50) / 420)


def test_two_surveys_of_one_name_are_refused(tmp_path: Path) -> None:
    """a/s.toml and b/s.toml, both of which declare "s 2010"."""
    wave = 'survey = "s"\ntitle = "S"\n[2010]\nweight = "w"\n[2010.questions.y]\nvariable = "y"\nanswers = {yes = 1}\n'
    text = 'title = "Two"\noutput = "out"\n'
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "s.toml").write_text(wave)
        (tmp_path / folder / "s.csv").write_text("w,y\n1,1\n")
        text += f'[[surveys]]\ndata = "{folder}/s.csv"\nsurvey = "{folder}/s.toml"\nwave = 2010\n'
    (tmp_path / "o.toml").write_text(text)
    with pytest.raises(psa.DefinitionError, match=r"surveys\[1\]: is 's 2010' \(of s.toml\), and so is surveys\[0\]"):
        psa.outturn(tmp_path / "o.toml")
    assert not (tmp_path / "out").exists()


def test_a_survey_is_called_by_the_id_it_declares_and_not_by_its_file(config: Path) -> None:
    with pytest.raises(psa.DefinitionError) as raised:
        psa.outturn(changed(config, {'"streets 2008"': '"council 2008"', '= "streets 2010"': '= "street 2010"'}))
    assert str(raised.value).splitlines() == [
        "streets.toml:",
        "  - comparisons[0].earlier: 'council 2008' is not a survey of this outturn; did you mean 'streets 2008'? "
        "(the surveys are streets 2008, streets 2010)",
        "  - comparisons[0].later: 'street 2010' is not a survey of this outturn; did you mean 'streets 2010'? "
        "(the surveys are streets 2008, streets 2010)",
        "  - targets.outturns: 'street 2010' is not a survey of this outturn; did you mean 'streets 2010'? "
        "(the surveys are streets 2008, streets 2010)",
    ]


def test_one_comparison_made_twice_is_refused(config: Path) -> None:
    """Both would be written to one file, and the second would be all that is left of them."""
    again = '[[comparisons]]\nearlier = "streets 2008"\nlater = "streets 2010"\n[index]\n'
    with pytest.raises(psa.DefinitionError, match=r"comparisons\[1\]: compares .* as comparisons\[0\] does"):
        psa.outturn(changed(config, {"[index]\n": again}))


def test_a_survey_compared_with_itself_is_refused(config: Path) -> None:
    with pytest.raises(psa.DefinitionError, match=r"comparisons\[0\]: compares streets 2010 with itself"):
        psa.outturn(changed(config, {'earlier     = "streets 2008"': 'earlier = "streets 2010"'}))


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ('["all", "all"]', "by asks for 'all' twice: name it once"),
        ('"authority*authority"', "by asks for 'authority\\*authority', which crosses 'authority' with itself"),
    ],
)
def test_a_breakdown_asked_for_twice_is_refused(config: Path, by: str, told: str) -> None:
    with pytest.raises(psa.OptionError, match=told):
        psa.outturn(changed(config, {'["all", "authority"]': by}))


def test_one_id_with_two_meanings_is_refused(config: Path) -> None:
    other = (config.parent / "own.toml").read_text().replace('in = ["yes"]', 'in = ["no"]')
    (config.parent / "other.toml").write_text(other)
    config.write_text(config.read_text().replace("own.toml", "other.toml", 1))
    with pytest.raises(psa.DefinitionError, match=r"tidy of own\.toml is not the tidy of other\.toml"):
        psa.outturn(config)


def test_one_id_with_one_meaning_in_two_sets_is_one_indicator(config: Path) -> None:
    (config.parent / "other.toml").write_text((config.parent / "own.toml").read_text())
    config.write_text(config.read_text().replace("own.toml", "other.toml", 1))
    assert psa.outturn(config).judgements.scores is not None


def test_a_file_that_changes_while_the_outturn_is_made_is_told(config: Path) -> None:
    """The figure of one file beside the SHA-256 of another must not be written."""
    psa.outturn(config)
    before = (config.parent / "out" / "manifest.json").read_bytes()

    def replaced(names: Sequence[str]) -> Iterator[str]:
        yield from names
        write_wave(config.parent / "streets_2010.csv", (4, 4, 4, 4))

    with pytest.raises(psa.SurveyError, match=r"changed while the outturn was made: streets_2010\.csv"):
        carried_out(config, None, replaced)
    assert (config.parent / "out" / "manifest.json").read_bytes() == before


def test_a_file_that_changes_between_its_hash_and_its_reading_is_told(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = config.parent / "targets.csv"

    def late(path: Path, **options: Any) -> psa.Targets:
        targets.write_text(targets.read_text().replace(",60,", ",70,"))
        return psa.read_targets(path, **options)

    monkeypatch.setattr("psaindicators.outturns.inputs.read_targets", late)
    with pytest.raises(psa.SurveyError, match=r"changed while the outturn was made: targets\.csv"):
        psa.outturn(config)
    monkeypatch.undo()
    targets.unlink()
    with pytest.raises(psa.MissingFileError, match=r"targets\.file: there is no file targets\.csv"):
        psa.outturn(config)


def test_the_configuration_in_the_manifest_is_the_one_that_was_run(config: Path) -> None:
    def replaced(names: Sequence[str]) -> Iterator[str]:
        changed(config, {'"Streets"': '"Another"'})
        yield from names

    carried_out(config, None, replaced)
    manifest = json.loads((config.parent / "out" / "manifest.json").read_text())
    assert manifest["configuration"]["title"] == manifest["title"] == "Streets"


def stated(config: Path, lines: str) -> Path:
    """State something of the file of the first survey."""
    return changed(config, {'data       = "streets_2008.csv"': f'data = "streets_2008.csv"\n{lines}'})


def test_a_run_is_held_to_the_file_that_was_meant(config: Path) -> None:
    meant = digest(config.parent / "streets_2008.csv")
    stated(config, f'rows = 16\nsha256 = "{meant.upper()}"')
    psa.outturn(config)
    with (config.parent / "streets_2008.csv").open("a") as file:
        file.write("E06000056,4,1,0,1\n")
    is_now = digest(config.parent / "streets_2008.csv")
    with pytest.raises(psa.SurveyError) as raised:
        psa.outturn(config)
    assert str(raised.value).splitlines() == [
        "streets.toml means another file:",
        f"  - surveys[0]: streets_2008.csv has the SHA-256 {is_now}, and should have {meant}",
    ]
    assert exit_code(raised.value) == 3
    with pytest.raises(psa.SurveyError, match=r"surveys\[0\]: streets_2008\.csv has 17 rows, and should have 16"):
        psa.outturn(changed(config, {meant.upper(): is_now}))


def test_the_file_of_an_index_is_held_to_as_well(config: Path) -> None:
    changed(config, {'data      = "streets_2010.csv"': 'data = "streets_2010.csv"\nrows = 12392'})
    with pytest.raises(psa.SurveyError, match=r"index\.parts\.tidy: streets_2010\.csv has 16 rows, .* have 12,392"):
        psa.outturn(config)


def test_what_is_no_sha256_is_told_before_anything_is_read(config: Path) -> None:
    with pytest.raises(psa.DefinitionError, match=r"surveys\[0\]\.sha256: must be the 64 hexadecimal digits"):
        psa.outturn(stated(config, 'sha256 = "9f86d08"'))


def test_a_file_that_is_not_there_is_told_as_such(config: Path) -> None:
    """Every one at once; with another fault in the configuration it is told as that."""
    (config.parent / "streets_2010.csv").unlink()
    (config.parent / "adopting.csv").unlink()
    with pytest.raises(psa.MissingFileError) as raised:
        psa.outturn(config)
    assert str(raised.value).splitlines() == [
        "streets.toml:",
        "  - surveys[1].data: there is no file streets_2010.csv beside the configuration",
        "  - index.parts.tidy.data: there is no file streets_2010.csv beside the configuration",
        "  - index.parts.visits.data: there is no file streets_2010.csv beside the configuration",
        "  - assessment.adopting: there is no file adopting.csv beside the configuration",
    ]
    assert exit_code(raised.value) == 2
    with pytest.raises(psa.DefinitionError, match=r"there is no file streets_2010\.csv"):
        psa.outturn(changed(config, {"minimum ": "minimun "}))


@pytest.mark.parametrize("named", ["council.toml", "own.toml"])
def test_a_toml_that_is_not_there_is_told_as_such(config: Path, named: str) -> None:
    (config.parent / named).unlink()
    with pytest.raises(psa.MissingFileError, match=rf"there is no file .*{named}"):
        psa.outturn(config)


def test_a_folder_in_place_of_a_file_is_told(config: Path) -> None:
    with pytest.raises(psa.DefinitionError, match=r"targets\.file: must be a file, and \. is a folder"):
        psa.outturn(changed(config, {'"targets.csv"': '"."'}))


@pytest.mark.parametrize("level", ["0.95", "100"])
def test_a_level_that_is_none_is_told_with_the_configurations_name(config: Path, level: str) -> None:
    changed(config, {'title  = "Streets"': f'title = "Streets"\nlevel = {level}'})
    with pytest.raises(psa.DefinitionError, match=r"streets\.toml:\n  - level is a percentage .*; got"):
        psa.outturn(config)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("area\nE06000055\n", "there is no column 'population'"),
        ("area,population\nE06000055,many\n", "line 2: population must be a number, such as 23.8, got 'many'"),
        ("area,population\nE06000055,-1\n", "line 2: population must be a number of at least 0, got -1"),
        ("area,population\nE06000055,inf\n", "line 2: population must be a number"),
        ("area,population\nE06000055,1\nE06000055,2\n", "line 3: E06000055 has a population on line 2 already"),
        ("area,population\n,1\n", "line 2: area is missing"),
        ("area,population\nE06000055,\n", "line 2: population is missing"),
        ("area,population\nE06000055\n", "line 2: has 1 cells where the header has 2"),
    ],
)
def test_populations_that_are_none_are_told_by_line(config: Path, text: str, told: str) -> None:
    (config.parent / "populations.csv").write_text(text)
    with pytest.raises(psa.DefinitionError) as raised:
        psa.outturn(config)
    assert str(raised.value).startswith("populations.csv:")
    assert told in str(raised.value)
