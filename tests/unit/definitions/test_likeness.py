"""What is like another says only what is different: the same as if it were written in full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import psaindicators as psa
from psaindicators.definitions.wave_files import load_waves
from psaindicators.definitions.waves import Identity, Wave

WavesWith = Callable[[str], dict[int, Wave]]

FIRST = """
survey   = "parks"
title    = "Parks survey"
coverage = "local"

[2024]
title   = "The first"
identified_by = { variable = "year", code = 2024 }
weight  = "w"
stratum = "ward"
psu     = ["street", "house"]
area    = { ward = "ward" }
mode    = "postal"
lonely_psu = "centre"
include = { question = "sex", in = ["male", "female"] }

[2024.questions.sex]
variable = "sex"
answers  = { male = 1, female = 2, other = 3 }

[2024.questions.park_use]
variable = "q1"
answers  = { weekly = 1, monthly = 2, never = 3 }
missing  = [-9]

[2024.questions.visits]
variable = "q2"
"""


@pytest.fixture
def waves_with(tmp_path: Path) -> WavesWith:
    def read(rest: str) -> dict[int, Wave]:
        path = tmp_path / "parks.toml"
        path.write_text(FIRST + rest)
        return load_waves(path)

    return read


def test_a_wave_like_another_says_all_that_the_other_says_but_for_its_title_and_identity(waves_with: WavesWith) -> None:
    waves = waves_with("\n[2026]\nlike = 2024\n")
    assert waves[2024].identified_by == Identity("year", 2024)
    assert waves[2026] == replace(waves[2024], year=2026, title="Parks survey 2026", identified_by=None)


def test_a_key_that_stands_in_the_wave_replaces_that_of_the_other_whole(waves_with: WavesWith) -> None:
    waves = waves_with("""
[2026]
like    = 2024
title   = "The second"
weight  = "w2"
psu     = "street"
area    = { neighbourhood = "nb" }
include = { question = "visits", at_least = 1 }
""")
    one = waves[2026]
    assert (one.title, one.weight, one.psu, one.stratum) == ("The second", "w2", ("street",), "ward")
    assert one.area == {"neighbourhood": "nb"}  # not ward as well: a table is replaced, not mixed
    assert one.include is not None
    assert one.include.questions == {"visits"}
    assert one.questions == waves[2024].questions


def test_questions_are_merged_by_name_and_one_given_again_replaces_the_other_whole(waves_with: WavesWith) -> None:
    waves = waves_with("""
[2026]
like = 2024

[2026.questions.park_use]
variable = "park"
answers  = { weekly = "W", never = "N" }

[2026.questions.age]
variable = "age"
""")
    asked = waves[2026].questions
    assert list(asked) == ["sex", "park_use", "visits", "age"]
    assert asked["sex"] == waves[2024].questions["sex"]
    assert asked["park_use"].variable == "park"
    assert "monthly" not in asked["park_use"].answers
    assert asked["park_use"].missing == ()


def test_variables_name_other_columns_for_the_same_questions(waves_with: WavesWith) -> None:
    waves = waves_with('\n[2026]\nlike = 2024\nvariables = { park_use = "Q2 parks" }\n')
    before, after = (waves[year].questions for year in (2024, 2026))
    assert after["park_use"] == replace(before["park_use"], variable="Q2 parks")
    assert {name: one for name, one in after.items() if name != "park_use"} == {
        name: one for name, one in before.items() if name != "park_use"
    }


def test_a_wave_does_without_questions_and_optional_keys(waves_with: WavesWith) -> None:
    waves = waves_with('\n[2026]\nlike = 2024\nwithout = ["visits", "psu", "include", "lonely_psu"]\n')
    one = waves[2026]
    assert list(one.questions) == ["sex", "park_use"]
    assert (one.psu, one.include, one.lonely_psu, one.stratum) == ((), None, "fail", "ward")


def test_a_wave_may_be_like_a_later_one_and_like_one_that_is_itself_like_another(waves_with: WavesWith) -> None:
    waves = waves_with('\n[2020]\nlike = 2022\nmode = "online"\n\n[2022]\nlike = 2024\nweight = "w2"\n')
    assert list(waves) == [2020, 2022, 2024]
    assert waves[2020] == replace(waves[2022], year=2020, title="Parks survey 2020", mode="online")
    assert waves[2022].weight == "w2"
    assert waves[2024].weight == "w"


SET = """
title = "Parks"

[users]
title     = "Park users"
better    = "higher"
reference = "The council's own"
since     = { like = "Visitors" }

[users.since.2024]
denominator = { all_answered = ["park_use"] }
numerator   = { question = "park_use", in = ["daily"] }

[visitors]
title     = "Visitors"
better    = "lower"
reference = "Another"

[visitors.since.2020]
denominator = { all_answered = ["park_use"] }
numerator   = { question = "park_use", in = ["weekly"] }

[visitors.since.2024]
denominator = { all_answered = ["park_use"] }
numerator   = { question = "park_use", in = ["weekly", "daily"] }
"""


def test_an_indicator_like_another_has_its_definitions_but_for_the_years_it_defines(tmp_path: Path) -> None:
    path = tmp_path / "parks.toml"
    path.write_text(SET.replace("since     = {", "[users.since]\nlike = 'Visitors' #"))
    users, visitors = (psa.indicators(str(path))[name] for name in ("users", "visitors"))
    assert users.definition(2020) == visitors.definition(2020)
    assert users.definition(2024) != visitors.definition(2024)
    assert (users.title, users.better, users.reference) == ("Park users", "higher", "The council's own")


def test_definitions_may_come_from_a_file_beside_the_set_or_from_a_shipped_set(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "parks.toml").write_text(SET.replace('since     = { like = "Visitors" }\n', ""))
    path = tmp_path / "ours.toml"
    path.write_text("""
title = "Ours"

[use]
title     = "Use of parks"
better    = "higher"
reference = "Theirs"
since     = { like = "visitors", set = "theirs/parks.toml" }

[mix]
title     = "Getting on"
better    = "higher"
reference = "Like National Indicator 1"
since     = { like = "NI 1", set = "nis" }
""")
    ours = psa.indicators(str(path))
    theirs = psa.indicators(str(tmp_path / "theirs" / "parks.toml"))
    assert ours["use"].definitions == theirs["visitors"].definitions
    assert ours["mix"].definitions == psa.indicators("nis")["ni1"].definitions


def test_what_is_wrong_with_the_other_file_is_told_beside_what_is_wrong_with_this(tmp_path: Path) -> None:
    (tmp_path / "theirs.toml").write_text('title = "Theirs"\n\n[a]\ntitle = "A"\n')
    path = tmp_path / "ours.toml"
    entry = 'title = "A"\nbetter = "{}"\nreference = "here"\nsince = {{ like = "a", set = "{}.toml" }}\n'
    path.write_text(f'title = "Ours"\n\n[a]\n{entry.format("up", "theirs")}\n[b]\n{entry.format("lower", "gone")}')
    with pytest.raises(psa.DefinitionError) as raised:
        psa.indicators(str(path))
    message = str(raised.value)
    assert "a.better: must be 'higher' or 'lower', got 'up'" in message
    assert "a.since.set: theirs.toml:\n  - a.better: is missing" in message
    assert "b.since.set: there is no file" in message


def test_two_files_that_wait_for_each_other_are_told(tmp_path: Path) -> None:
    for one, other in (("ours", "theirs"), ("theirs", "ours")):
        (tmp_path / f"{one}.toml").write_text(
            f'title = "{one}"\n\n[a]\ntitle = "A"\nbetter = "higher"\nreference = "here"\n'
            f'since = {{ like = "a", set = "{other}.toml" }}\n'
        )
    circle = r"ours\.toml, which is like theirs\.toml, which is like ours\.toml; one of them must stand by itself"
    with pytest.raises(psa.DefinitionError, match=circle):
        psa.indicators(str(tmp_path / "ours.toml"))
