"""What a direction is read as: the families, their manner, and what was not understood."""

from __future__ import annotations

import pytest

from foleyline_engine.models.scratch.direction import read_direction
from foleyline_engine.models.scratch.families import renderers
from foleyline_engine.models.scratch.mix import Voice, families, neutral


def heard(prompt: str, negative_prompt: str = "") -> dict[str, Voice]:
    return {voice.family: voice for voice in read_direction(prompt, negative_prompt).heard}


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (
            "footsteps on gravel, jacket cloth, keys",
            {"footsteps": "gravel", "cloth": "nylon", "handling": "keys"},
        ),
        ("Walking through SNOW", {"footsteps": "snow"}),
        ("high heels on a wooden floor", {"footsteps": "wood"}),
        ("footsteps, tile", {"footsteps": "stone"}),
        ("grass", {"footsteps": "grass"}),
        ("glass breaking", {"impacts": "glass"}),
        ("metal-on-stone hits", {"impacts": "metal stone"}),
        ("wood", {"impacts": "wood"}),
        ("body falls", {"impacts": "thud"}),
        ("metal door slamming", {"door": "metal", "impacts": "metal"}),
        ("it is raining; strong winds", {"rain": "", "wind": ""}),
        ("water", {"splash": "", "stream": ""}),
        ("ocean waves", {"stream": "sea"}),
        ("campfire with crackling flames", {"fire": ""}),
        ("an old truck's engine", {"engine": "truck"}),
        ("fridge hum", {"hum": ""}),
        ("room tone", {"ambience": "room"}),
        ("swooshes and whooshes", {"whoosh": ""}),
    ],
)
def test_plain_words_choose_families_and_variants(prompt: str, expected: dict[str, str]) -> None:
    assert {family: " ".join(voice.variants) for family, voice in heard(prompt).items()} == expected


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("FOOTSTEPS", "footsteps"),
        ("FOLEY", "cloth"),
        ("CLOTH", "cloth"),
        ("DOORS", "door"),
        ("DRAWERS", "door"),
        ("WATER", "stream"),
        ("RAIN", "rain"),
        ("WIND", "wind"),
        ("WEATHER", "wind"),
        ("FIRE", "fire"),
        ("WOOD", "impacts"),
        ("METAL", "impacts"),
        ("GLASS", "impacts"),
        ("ROCKS", "impacts"),
        ("CERAMICS", "impacts"),
        ("DESTRUCTION", "impacts"),
        ("FIGHT", "whoosh"),
        ("PAPER", "handling"),
        ("CHAINS", "handling"),
        ("OBJECTS", "handling"),
        ("MOVEMENT", "cloth"),
        ("LEATHER", "cloth"),
        ("SWOOSHES", "whoosh"),
        ("VEHICLES", "engine"),
        ("MOTORS", "engine"),
        ("MACHINES", "hum"),
        ("AMBIENCE", "ambience"),
        ("SNOW", "footsteps"),
        ("FOLYFeet", "footsteps"),
        ("FOLYClth", "cloth"),
        ("FOLYProp", "handling"),
        ("FEETHmn", "footsteps"),
        ("WATRSplsh", "splash"),
        ("WATRWave", "stream"),
        ("DOORWood", "door"),
        ("METLImpt", "impacts"),
        ("VEHCar", "engine"),
        ("AMBRoom", "ambience"),
    ],
)
def test_universal_category_system_names(name: str, family: str) -> None:
    mix = read_direction(name)
    assert family in {voice.family for voice in mix.heard}
    assert mix.unknown == ()


@pytest.mark.parametrize(
    ("prompt", "negative_prompt", "gone", "kept"),
    [
        ("rain and wind", "wind", "wind", "rain"),
        ("rain, no wind", "", "wind", "rain"),
        ("footsteps and cloth without footsteps", "", "footsteps", "cloth"),
        ("fire, rain, wind without rain and wind", "", "rain wind", "fire"),
        ("wind, don’t use rain", "", "rain", "wind"),
        ("no rain or wind, fire", "", "rain wind", "fire"),
        ("fire -rain wind", "", "rain", "fire wind"),
        ("water", "no water", "splash stream", ""),
        ("", "footsteps, movement", "footsteps cloth", "impacts ambience"),
        ("metal hits, wood hits", "metal", "", "impacts"),
        ("metal hits", "metal", "impacts", ""),
        ("", "FOLYFeet", "footsteps", "cloth"),
    ],
)
def test_refusals(prompt: str, negative_prompt: str, gone: str, kept: str) -> None:
    names = set(heard(prompt, negative_prompt))
    assert not names & set(gone.split())
    assert names >= set(kept.split())


def test_a_refused_material_leaves_the_others() -> None:
    assert heard("metal hits, wood hits", "metal")["impacts"].variants == ("wood",)


@pytest.mark.parametrize("prompt", ["window", "winding road", "fireman", "fired", "engineer", "raincheck", "doorbell"])
def test_no_false_hits(prompt: str) -> None:
    mix = read_direction(prompt)
    assert mix.voices == neutral
    assert mix.unknown[0] == prompt.split()[0]


def test_what_is_not_understood_is_told_back_once() -> None:
    mix = read_direction("accordion, footsteps of a man, an Accordion and 雨")
    assert mix.unknown == ("accordion", "雨")
    assert [voice.family for voice in mix.voices] == ["footsteps"]


@pytest.mark.parametrize("refused", ["music", "voices", "human voice", "speech, talking", "dialogue and singing"])
def test_leaving_out_what_is_never_made_is_understood(refused: str) -> None:
    mix = read_direction("rain", refused)
    assert mix.unknown == ()
    assert set(heard("rain", refused)) == {"rain"}


@pytest.mark.parametrize(
    ("prompt", "louder", "softer"),
    [
        ("mostly rain, wind", "rain", "wind"),
        ("loud wind and light rain", "wind", "rain"),
        ("quiet footsteps, fire", "fire", "footsteps"),
        ("rain wind", "rain", "wind"),
        ("not too loud rain, wind", "wind", "rain"),
    ],
)
def test_emphasis(prompt: str, louder: str, softer: str) -> None:
    voices = heard(prompt)
    assert voices[louder].weight > voices[softer].weight


def test_manner() -> None:
    voices = heard("heavy footsteps, soft knocks, tiny keys")
    assert voices["footsteps"].size > 1
    assert voices["impacts"].hardness < 1
    assert voices["handling"].size < 1


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t", "…!?", "the and of", "\x00\ufeff", "🎬 🥁", "-", "no", "not"])
def test_nothing_said_is_the_neutral_mix(prompt: str) -> None:
    mix = read_direction(prompt, prompt)
    assert mix.voices == neutral
    assert mix.unknown == ()


def test_long_and_odd_directions_are_read() -> None:
    mix = read_direction("wind " * 5000 + "e\u0301 ﬁre ＲＡＩＮ " + "x" * 5000, "\udcff no -" * 100)
    assert {"wind", "fire", "rain"} <= {voice.family for voice in mix.heard}


def test_every_family_can_be_asked_for_and_rendered() -> None:
    asked = read_direction("footsteps impacts door keys splash cloth whoosh stream rain wind fire engine hum ambience")
    assert tuple(voice.family for voice in asked.voices) == families
    assert set(families) == set(renderers)
