"""The batch job: what it writes, that it writes the same bytes, and that a failed run leaves the last outturn."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy
import pytest

import psaindicators as psa
from psaindicators.cli.progress import watched
from psaindicators.publishing.markers import MARKERS
from tests.paths import NAMCS, ROOT, SAMPLES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's own survey: the NAMCS files in a folder of their own."""
    shutil.copytree(NAMCS, tmp_path / "namcs")
    return tmp_path / "namcs"


def run(folder: Path) -> Path:
    psa.outturn(folder / "outturn.toml", out=folder / "out")
    return folder / "out"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_it_writes_every_estimate_twice_a_table_an_indicator_and_a_manifest(folder: Path) -> None:
    out = run(folder)
    tables = {f"tables/{name}.txt" for name in psa.indicators(str(folder / "visits.toml"))}
    about = {"indicators.json", "waves.csv", "waves.json", "outturn.txt", "manifest.json"}
    assert contents(out).keys() == {"estimates.csv", "estimates.json"} | about | tables
    rows = json.loads((out / "estimates.json").read_text())
    assert len(rows) == 6 * (1 + 6 + 2 + 2 + 12)  # indicators x (all, ages, sexes, metropolitan or not, ages by sexes)
    with (out / "estimates.csv").open(newline="") as file:
        assert [row["area"] for row in csv.DictReader(file)] == [row["area"] for row in rows]


def test_a_crossing_can_be_taken_apart_in_a_spreadsheet_and_is_read_back(folder: Path) -> None:
    """Ages by sexes have each in a column of its own; rows of other breakdowns have nothing there."""
    psa.outturn(folder / "outturn.toml", out=(out := folder / "out"))
    with (out / "estimates.csv").open(newline="") as file:
        parts = {(row["by"], row["by_age_band"], row["by_sex"]) for row in csv.DictReader(file)}
    ages = ("under_15", "15_24", "25_44", "45_64", "65_74", "75_over")
    crossed = {("age_band*sex", age, sex) for age in ages for sex in ("female", "male")}
    assert parts == crossed | {(by, "", "") for by in ("all", "age_band", "sex", "metropolitan")}
    wave = psa.wave(str(folder / "namcs.toml"), 2019)
    sets = psa.indicators(str(folder / "visits.toml"))
    asked = ["all", "age_band", "sex", "metropolitan", "age_band*sex"]
    made = psa.estimate(psa.read_survey(folder / "namcs2019.csv.gz", wave), sets, by=asked)
    saved = psa.read_outturn(out).estimates["namcs 2019"]
    assert saved.columns["by_sex"].tolist() == made.columns["by_sex"].tolist()
    assert "medicare, 2019, age_band*sex: value \u00b1 margin" in saved.to_text()


def test_json_and_csv_are_in_full_precision(folder: Path) -> None:
    wave = psa.wave(str(folder / "namcs.toml"), 2019)
    sets = psa.indicators(str(folder / "visits.toml"))
    config = folder / "outturn.toml"
    config.write_text(config.read_text().replace('"all", "age_band", "sex", "metropolitan", "age_band*sex"', '"all"'))
    whole = psa.estimate(psa.read_survey(folder / "namcs2019.csv.gz", wave), sets, interval="beta")
    exact = whole.where(indicator="medicare")[0]
    out = run(folder)
    saved = next(row for row in json.loads((out / "estimates.json").read_text()) if row["indicator"] == "medicare")
    with (out / "estimates.csv").open(newline="") as file:
        written = next(row for row in csv.DictReader(file) if row["indicator"] == "medicare")
    assert (saved["value"], saved["se"], saved["high"]) == (exact.value, exact.se, exact.high)
    assert (float(written["value"]), float(written["se"])) == (exact.value, exact.se)


def test_two_runs_on_the_same_input_give_the_same_bytes(folder: Path) -> None:
    first = contents(run(folder))
    assert contents(run(folder)) == first


def test_the_manifest_says_what_went_in(folder: Path) -> None:
    manifest = json.loads((run(folder) / "manifest.json").read_text())
    digest = hashlib.sha256((folder / "namcs2019.csv.gz").read_bytes()).hexdigest()
    assert {"file": "namcs2019.csv.gz", "sha256": digest} in manifest["inputs"]
    assert {one["file"] for one in manifest["inputs"]} == {
        "every_row.toml",
        *("namcs2019.csv.gz", "namcs.toml", "visits.toml", "published.csv", "threshold_10.toml", "nchs_2017.toml"),
    }
    assert manifest["configuration"]["interval"] == "beta"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {one.split(">=")[0] for one in project["dependencies"]}
    assert needed >= {"numpy", "pandas", "statsmodels", "pyreadstat"}
    assert manifest["versions"].keys() == {"python", "psaindicators", *needed}
    assert manifest["versions"]["numpy"] == numpy.__version__
    assert any("not confirmed" in line for line in manifest["warnings"])
    assert str(folder) not in json.dumps(manifest)


def test_a_failed_run_leaves_the_last_outturn_untouched(folder: Path) -> None:
    before = contents(run(folder))
    survey = folder / "namcs.toml"
    survey.write_text(survey.read_text().replace('do = "D.O. - Doctor of Osteopathy"', 'do = "D.O."'))
    config = folder / "outturn.toml"
    config.write_text(config.read_text().replace('"sex", "metropolitan"', '"sex", "physician_type"'))
    with pytest.raises(psa.SurveyError, match=r"'D.O. - Doctor of Osteopathy' \(752\)"):
        run(folder)
    assert contents(folder / "out") == before
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_breaking_off_while_writing_leaves_the_last_outturn_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    before = contents(run(folder))
    moved: list[object] = []

    def broken(source: Path, target: Path) -> None:
        moved.append(source)
        if len(moved) == 5:
            raise error
        rename(source, target)

    rename = os.replace
    monkeypatch.setattr("os.replace", broken)
    with pytest.raises((KeyboardInterrupt, psa.OutputError)):
        run(folder)
    assert len(moved) > 5
    assert contents(folder / "out") == before
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_an_output_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / "a_file").write_text("in the way")
    with pytest.raises(psa.OutputError, match="cannot be written"):
        psa.outturn(folder / "outturn.toml", out=folder / "a_file" / "out")
    with pytest.raises(psa.OutputError, match="is a file"):
        psa.outturn(folder / "outturn.toml", out=folder / "a_file")


def test_a_folder_with_somebody_elses_files_is_refused(folder: Path) -> None:
    (folder / "theirs").mkdir()
    (folder / "theirs" / "thesis.doc").write_text("years of work")
    with pytest.raises(psa.OutputError, match=r"holds files that no outturn wrote"):
        psa.outturn(folder / "outturn.toml", out=folder / "theirs")
    assert (folder / "theirs" / "thesis.doc").read_text() == "years of work"


def test_a_folder_with_somebody_elses_manifest_is_refused_before_anything_is_computed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "web" / "src").mkdir(parents=True)
    (folder / "web" / "manifest.json").write_text("{}")
    (folder / "web" / "src" / "main.js").write_text("x")
    monkeypatch.setattr("psaindicators.outturns.batch.open_inputs", lambda _: pytest.fail("a file was opened"))
    with pytest.raises(psa.OutputError, match=r"manifest\.json is not one .* name another folder"):
        psa.outturn(folder / "outturn.toml", out=folder / "web")
    assert contents(folder / "web") == {"manifest.json": b"{}", "src/main.js": b"x"}


def test_notes_and_inputs_that_lie_in_the_folder_survive(folder: Path) -> None:
    """A configuration and its data kept beside last year's outturn, which lies in the same folder as they do."""
    out = run(folder)
    inputs = [path for path in folder.iterdir() if path.is_file()]
    for path in inputs:
        path.rename(out / path.name)
    (out / "tables" / "notes.txt").write_text("by hand")
    before = contents(out)
    psa.outturn(out / "outturn.toml", out=out)
    assert contents(out) == before
    assert {path.name for path in inputs} < before.keys()


def test_an_outturn_made_from_what_it_would_replace_is_refused(folder: Path) -> None:
    out = run(folder)
    config = folder / "outturn.toml"
    rows = "indicator,by,area,value\nmedicare,all,all,30.7\n"
    (out / "outturn.txt").write_text(rows)  # a file of ours, as far as its manifest says
    digest = hashlib.sha256(rows.encode()).hexdigest()
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["files"] = [one | {"sha256": digest} if one["file"] == "outturn.txt" else one for one in manifest["files"]]
    (out / "manifest.json").write_text(json.dumps(manifest))
    config.write_text(re.sub(r'published *= *".*"', 'published = "out/outturn.txt"', config.read_text()))
    before = contents(out)
    with pytest.raises(psa.OutputError, match=r"made from \(outturn\.txt\)"):
        run(folder)
    assert contents(out) == before


def test_a_run_restores_what_a_dead_one_left(folder: Path) -> None:
    """As if killed between taking the old files out and putting the new ones in; then the inputs turn out bad."""
    out = run(folder)
    before = contents(out)
    room = out / ".psaindicators-outturn"
    old = [name for name in before if name != "outturn.txt"]
    for name in old:
        (room / "old" / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).rename(room / "old" / name)
    (room / "journal.json").write_text(json.dumps({"old": sorted(before), "new": sorted(before)}))
    (room / "new").mkdir()
    for name in before:
        (room / "new" / name).parent.mkdir(parents=True, exist_ok=True)
        (room / "new" / name).write_text("half made")
    (folder / "namcs2019.csv.gz").write_bytes(b"")
    with pytest.raises(psa.PsaError):
        run(folder)
    assert contents(out) == before


def test_no_name_leads_out_of_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id is refused where it is read; and every name is looked at where files are written, whatever made it."""
    definitions = folder / "visits.toml"
    text = definitions.read_text()
    definitions.write_text(text.replace("[medicare", '["../../../notes"'))
    with pytest.raises(psa.DefinitionError, match=r'"\.\./\.\./\.\./notes": an id has the letters'):
        run(folder)
    definitions.write_text(text)
    monkeypatch.setattr("psaindicators.outturns.batch.files_of", lambda _: {"tables/../../notes.txt": "x"})
    with pytest.raises(psa.OutputError, match=r"'tables/\.\./\.\./notes\.txt': it must lie under the output"):
        run(folder)
    assert not (folder / "notes.txt").exists()
    assert not (folder / "out").exists()


def test_every_fault_of_a_configuration_is_told_at_once(folder: Path) -> None:
    config = folder / "outturn.toml"
    config.write_text('titel = "x"\noutput = "out"\nlevel = 195\n[[surveys]]\ndata = "gone.csv"\nwave = "2019"\n')
    with pytest.raises(psa.DefinitionError) as raised:
        run(folder)
    for part in (
        "title: is missing",
        "titel: is not a field of an outturn; did you mean 'title'?",
        "level is a percentage from 1 to below 100, such as 95, not a share; got 195",
        "surveys[0].data: there is no file gone.csv",
        "surveys[0].survey: is missing",
        "surveys[0].wave: must be a whole number, got '2019'",
    ):
        assert part in str(raised.value)


def test_a_published_figure_for_an_area_that_is_not_there_is_told(folder: Path) -> None:
    with (folder / "published.csv").open("a") as file:
        file.write("medicare,sex,femal,30.7\n")
    with pytest.raises(psa.DefinitionError, match="medicare/sex/femal"):
        run(folder)


def test_the_sample_outturn_reproduces_the_published_figures(of_samples: tuple[psa.Outturn, Path]) -> None:
    """325 authorities x NI 1, 2, 4, 5, and 16 others, each to the decimals that were printed.

    That shows the samples and the plumbing: the samples were made to have these figures.
    """
    found, folder = of_samples
    place = next(one for one in found.estimates if one[0].survey == "place" and one[0].wave == 2008)
    local = place.where(by="authority", agrees="yes")
    assert sum(row.indicator in {"ni1", "ni2", "ni4", "ni5"} for row in local) == 325 * 4
    assert all("no" not in one.columns["agrees"] for one in found.estimates if "agrees" in one.columns)
    [why] = found.release.why  # bases of hundreds: one line for all surveys and not one for each
    assert why.startswith("nothing is withheld of citizenship 2007, citizenship 2008, ")
    assert why.endswith(" and place 2010, by the policy threshold_10, version 1: Ten respondents")
    read = psa.read_estimates(folder / "estimates.json")
    assert len(read) == sum(map(len, found.estimates))
    again = read.where(survey="place", wave=2008)
    names = list(place.columns)
    assert [{name: row[name] for name in names} for row in again.to_records()] == place.to_records()
    scilly = place.where(by="authority", area="E06000053", indicator="ni1")[0]
    assert (scilly.base, scilly.marker) == (0, "[x]")  # an authority of the vintage that nobody answered in
    assert f"[x] {MARKERS['[x]']}" in (folder / "tables" / "ni1.txt").read_text()  # the workbooks' and the page's words


def test_waves_that_share_psus_are_compared_from_the_surveys(tmp_path: Path) -> None:
    """A panel: the same 3 PSUs in both waves, every answer alike but one. The change cannot vary between PSUs that did
    not move, so its standard error is smaller than that of two independent waves, sqrt(se_1^2 + se_2^2).
    """
    for year, moved in ((2008, 0), (2010, 1)):
        rows = [(psu, 1, int(i < psu)) for psu in (1, 2, 3) for i in range(4)]
        rows[3] = (1, 1, moved)  # the fourth person of the first PSU
        (tmp_path / f"{year}.csv").write_text("c,w,y\n" + "".join(f"{c},{w},{y}\n" for c, w, y in rows))
    wave = '\n[{}]\nweight = "w"\npsu = "c"\n[{}.questions.yes]\nvariable = "y"\nanswers = {{ yes = 1, no = 0 }}\n'
    (tmp_path / "panel.toml").write_text(
        'survey = "panel"\ntitle = "Panel"\n' + wave.format(2008, 2008) + wave.format(2010, 2010)
    )
    (tmp_path / "set.toml").write_text(
        'title = "I"\n[yes]\ntitle = "Yes"\nbetter = "higher"\nreference = "none"\n[yes.since.2000]\n'
        'denominator = { all_answered = ["yes"] }\nnumerator = { question = "yes", in = ["yes"] }\n'
    )
    survey = '[[surveys]]\ndata = "{0}.csv"\nsurvey = "panel.toml"\nwave = {0}\nindicators = "set.toml"\n'
    compared = '[[comparisons]]\nearlier = "panel 2008"\nlater = "panel 2010"\n'
    # twelve people: under any policy nothing of them would be published
    head = (
        'title = "Panel"\noutput = "out"\ndisclosure = "none"\n' + survey.format(2008) + survey.format(2010) + compared
    )
    (tmp_path / "panel_outturn.toml").write_text(head + "shared_psus = true\n")
    (tmp_path / "two_outturn.toml").write_text(head)
    [shared] = psa.outturn(tmp_path / "panel_outturn.toml").judgements.movements.values()
    [independent] = psa.outturn(tmp_path / "two_outturn.toml").judgements.movements.values()
    assert shared[0].change == pytest.approx(independent[0].change) == pytest.approx(100 / 12)
    # z per PSU: d - mean(d) over the whole, d = (1, 0, 0) of 12; v = 3/2 x S (d/12 - 1/36)^2 = 3/2 x 6/36^2
    assert shared[0].se == pytest.approx(100 * (3 / 2 * 6 / 36**2) ** 0.5)
    assert shared[0].se < independent[0].se
    (tmp_path / "where_outturn.toml").write_text(
        (head + "shared_psus = true\n").replace("wave = 2010\n", 'wave = 2010\nwhere = { all_answered = ["yes"] }\n')
    )
    with pytest.raises(psa.DefinitionError, match="shared_psus compares the surveys for everyone"):
        psa.outturn(tmp_path / "where_outturn.toml")


def test_a_survey_s_where_leaves_the_others_in_the_design_and_is_noted(folder: Path) -> None:
    path = folder / "outturn.toml"
    written = path.read_text(encoding="utf-8")
    of_women = '[[surveys]]\nwhere = { question = "sex", in = ["female"] }'
    # all of it is compared, the six rows of few women who paid so or so among it
    unheld = f'disclosure = "none"\n{written}'
    path.write_text(unheld.replace("[[surveys]]", of_women, 1), encoding="utf-8")
    found = psa.outturn(path).estimates[0]
    survey = psa.read_survey(folder / "namcs2019.csv.gz", psa.wave(str(folder / "namcs.toml"), 2019))
    rule = {"question": "sex", "in": ["female"]}
    ours = psa.estimate(
        survey, list(found.indicators.values()), by=list(dict.fromkeys(found.columns["by"])), where=rule
    )
    for name in ("value", "base", "strata", "psus"):
        assert found.columns[name].tolist() == pytest.approx(ours.columns[name].tolist(), nan_ok=True)
    assert all("; of those with " in method for method in found.columns["method"])


@pytest.mark.parametrize("data", ["place_2008.parquet", "citizenship_2007.sav"])
def test_rows_added_up_in_an_engine_or_a_file_give_the_same_bytes_twice(tmp_path: Path, data: str) -> None:
    survey, wave = data.split(".")[0].split("_")
    by = '["region", "county", "authority"]' if survey == "place" else '["all", "region"]'
    (tmp_path / "o.toml").write_text(
        f'title = "Twice"\noutput = "out"\n[[surveys]]\ndata = "{SAMPLES / data}"\n'
        f'survey = "{survey}"\nwave = {wave}\nby = {by}\n'
    )
    runs = [psa.outturn(tmp_path / "o.toml") and contents(tmp_path / "out") for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]


INTERRUPTED = """
import os, sys, time
from psaindicators.cli import main as cli
from psaindicators.publishing import replacing

def slow(folder, names):
    print("moved", flush=True)
    time.sleep(60)

replacing._finish = slow
sys.argv = ["psaindicators", "outturn", sys.argv[1]]
cli.main()
"""


def test_ctrl_c_leaves_the_last_outturn_and_nothing_beside_it(folder: Path) -> None:
    """Interrupted at the worst moment, when every new file is in place and none is known to be durable."""
    config = folder / "outturn.toml"
    config.write_text(re.sub(r"(?m)^output *=.*$", 'output = "out"', config.read_text()))
    before, beside = contents(run(folder)), sorted(folder.iterdir())
    config.write_text(config.read_text().replace("title", "# another\ntitle", 1))
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(config)], stdout=-1, stderr=-1, text=True) as job:
        assert job.stdout is not None
        assert job.stdout.readline() == "moved\n"
        job.send_signal(signal.SIGINT)
        _, told = job.communicate(timeout=30)
    assert job.returncode != 0
    assert "Traceback" not in told
    assert contents(folder / "out") == before
    assert sorted(folder.iterdir()) == beside


def test_a_bar_is_shown_on_a_terminal_alone_and_only_where_the_work_is_long(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("place 2008", "namcs 2019")
    assert tuple(watched(names)) == names
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert tuple(watched(names)) == names
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("psaindicators.cli.progress.PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    for _ in watched(names):
        time.sleep(0.3)
    assert "namcs 2019" in capsys.readouterr().err
