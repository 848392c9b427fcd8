"""Made-up microdata for the benchmarks: Place-sized, many times over, and clustered, with the definitions to read them.

Place-sized: 543,713 respondents in 353 districts (the strata) of 9 regions, 18 yes-or-no questions that 2 to 12% leave
out. Many times over: each respondent again with a slightly different weight. Clustered: 10,000 respondents in 700 PSUs
of 70 strata, 7 questions. NumPy draws and DuckDB writes; the same seed gives the same rows. The Place-sized rows are
also written as SPSS files, with six variables more, as they are and as SPSS saves them (compressed).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

ROWS, DISTRICTS, REGIONS, QUESTIONS = 543_713, 353, 9, 18
SEED = 20081103


def write_files(folder: Path, times: tuple[int, ...] = (10,)) -> None:
    """Write what is not there yet: place in each format, place_xN.parquet, clustered.parquet, definitions."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    if not (folder / "place.parquet").exists():
        _write(place(rng), folder / "place.parquet")
        _write(clustered(rng), folder / "clustered.parquet")
        duckdb.sql(f"COPY '{folder}/place.parquet' TO '{folder}/place.csv'")
    if not (folder / "place_compressed.sav").exists():
        write_spss(folder)
    for n in times:
        if not (folder / f"place_x{n}.parquet").exists():
            repeat(folder, n)
    write_definitions(folder)


def write_spss(folder: Path) -> None:
    """Write place.sav and place_compressed.sav: the Place-sized rows with six variables that nobody asks for."""
    import pyreadstat

    rng, frame = np.random.default_rng(SEED + 1), duckdb.sql(f"SELECT * FROM '{folder}/place.parquet'").df()
    for name in ("person", "sex", "age", "tenure", "ethnic", "household"):
        frame[name] = np.arange(ROWS) if name == "person" else rng.integers(1, 8, ROWS)
    pyreadstat.write_sav(frame.astype(float), folder / "place.sav")
    pyreadstat.write_sav(frame.astype(float), folder / "place_compressed.sav", row_compress=True)


def repeat(folder: Path, n: int) -> None:
    """Write the Place-sized file n times over, a stretch of rows at a time."""
    again = "p.* REPLACE (weight * (1 + 0.1 * sin(r * 7.0 + weight)) AS weight)"
    duckdb.connect(config={"memory_limit": "2GB", "preserve_insertion_order": False}).execute(
        f"COPY (SELECT {again} FROM '{folder}/place.parquet' p CROSS JOIN range({n}) AS t(r)) "
        f"TO '{folder}/place_x{n}.parquet'"
    )


def place(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the Place-sized columns; -1 is no answer."""
    region_of = np.sort(np.append(np.arange(REGIONS), rng.integers(0, REGIONS, DISTRICTS - REGIONS)))
    respondents = 1100 + rng.multinomial(ROWS - 1100 * DISTRICTS, rng.dirichlet(np.full(DISTRICTS, 2.0)))
    district = np.repeat(np.arange(DISTRICTS), respondents)
    weight = rng.lognormal(0, 0.45, ROWS) * rng.lognormal(0, 0.6, DISTRICTS)[district]
    design = {
        "district": district.astype(np.int16),
        "region": region_of[district].astype(np.int8),
        "weight": weight * 41e6 / weight.sum(),
    }
    return design | _answers(rng, rng.normal(0, 0.35, (QUESTIONS, DISTRICTS))[:, district])


def clustered(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the clustered columns: 70 strata of 10 PSUs each; -1 is no answer."""
    rows, strata, psus = 10_000, 70, 10
    psu = np.sort(np.append(np.arange(strata * psus), rng.integers(0, strata * psus, rows - strata * psus)))
    region_of = np.sort(np.append(np.arange(REGIONS), rng.integers(0, REGIONS, strata - REGIONS)))
    design = {
        "stratum": (psu // psus).astype(np.int16),
        "psu": psu.astype(np.int16),
        "region": region_of[psu // psus].astype(np.int8),
        "weight": rng.lognormal(8.3, 0.5, rows),
    }
    return design | _answers(rng, rng.normal(0, 0.5, (7, strata * psus))[:, psu])


def _answers(rng: np.random.Generator, effect: np.ndarray) -> dict[str, np.ndarray]:
    logits = np.linspace(-1.4, 1.6, len(effect))
    left_out = np.linspace(0.02, 0.12, len(effect))
    found = {}
    for i, one in enumerate(effect):
        yes = rng.random(len(one)) < 1 / (1 + np.exp(-(logits[i] + one)))
        found[f"q{i + 1}"] = np.where(rng.random(len(one)) < left_out[i], -1, yes).astype(np.int8)
    return found


def _write(columns: dict[str, np.ndarray], path: Path) -> None:
    selected = ", ".join(f"nullif({name}, -1) AS {name}" if name.startswith("q") else name for name in columns)
    duckdb.sql(f"COPY (SELECT {selected} FROM columns) TO '{path}'")


def write_definitions(folder: Path) -> None:
    """Write survey TOMLs of both files and indicator sets of their first 1, 6, 7, 18 questions, and of 36 and 54."""
    questions = "".join(
        f'[2008.questions.q{i}]\nvariable = "q{i}"\nanswers = {{ no = 0, yes = 1 }}\n' for i in range(1, QUESTIONS + 1)
    )
    head = 'survey = "{}"\ntitle = "Made up"\n[2008]\nweight = "weight"\n{}'
    place_design = 'stratum = "district"\narea = { district = "district", region = "region" }\n'
    (folder / "place.toml").write_text(head.format("bench", place_design) + questions)
    design = 'stratum = "stratum"\npsu = "psu"\narea = { region = "region" }\n'
    few = questions.split("[2008.questions.q8]")[0]
    (folder / "clustered.toml").write_text(head.format("bench", design) + few)
    for n in (1, 6, 7, 18, 36, 54):
        (folder / f"set{n}.toml").write_text('title = "Made up"\n' + "".join(map(_indicator, range(n))))


def _indicator(i: int) -> str:
    question = i % QUESTIONS + 1
    return (
        f'[m{i + 1}]\ntitle = "Made up {i + 1}"\nbetter = "higher"\nreference = "benchmarks/generate.py"\n'
        f'[m{i + 1}.since.2000]\ndenominator = {{ all_answered = ["q{question}"] }}\n'
        f'numerator = {{ question = "q{question}", in = ["yes"] }}\n'
    )
