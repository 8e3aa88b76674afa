"""The built-in generator of step 1: what is seen, cast into families of sound and synthesized onto one canvas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foleyline_engine.models.exchange import Check, Cue, Generated, GenerateJob, Generator, Sound
from foleyline_engine.models.scratch import seeing
from foleyline_engine.models.scratch.action import Action, Contact
from foleyline_engine.models.scratch.direction import read_direction
from foleyline_engine.models.scratch.dsp import Canvas, rate, stream_for
from foleyline_engine.models.scratch.families import renderers
from foleyline_engine.models.scratch.finish import finish
from foleyline_engine.models.scratch.mix import Mix, cast
from foleyline_engine.models.scratch.placing import place
from foleyline_engine.models.scratch.scene import Scene, tidy
from foleyline_engine.models.scratch.space import space_of

Roles = dict[str, list[Contact]]


class Scratch(Generator):
    """Procedural Foley, cued by what moves in the picture and steered by the prompt. Needs no download."""

    name = "scratch"
    version = "1"
    views = (seeing.view,)

    def generate(self, jobs: Sequence[GenerateJob]) -> list[Generated | Exception]:
        return [attempt(job) for job in jobs]


def attempt(job: GenerateJob) -> Generated | Exception:
    try:
        action = seeing.look(job.frames[seeing.view], job.length_n / rate, job.check)
        return sounding(action, job.length_n, job.prompt, job.negative_prompt, job.seed, job.check)
    except Exception as problem:  # noqa: BLE001 - the answer in this job's place; the other jobs run on
        return problem


def sounding(action: Action, length_n: int, prompt: str, negative_prompt: str, seed: int, check: Check) -> Generated:
    """The sound of what was seen: exactly length_n samples, the same for the same arguments."""
    mix = read_direction(prompt, negative_prompt)
    action = tidy(action, length_n)
    seen = cast(mix, action.contacts, seed)
    placed = place(mix, action, seen, length_n / rate, seed, check)
    roles = {family: by_time([*seen[family], *placed[family]]) for family in seen}
    space = space_of(mix)
    canvas = Canvas(np.zeros((2, length_n), dtype=np.float32), check)
    for voice in mix.heard:
        check()
        scene = Scene(action, roles[voice.family], voice, stream_for(seed, voice.family), canvas, space)
        renderers[voice.family](scene)
    held_db = finish(canvas.out, check)
    numbers = {
        "contacts_seen": float(len(action.contacts)),
        "contacts_voiced": float(sum(len(contacts) for contacts in seen.values())),
        "moments_placed": float(sum(len(contacts) for contacts in placed.values())),
        "peaks_held_db": held_db,
    }
    notes = [*told_of_placing(seen, placed), *told_of_words(mix)]
    return Generated(Sound(canvas.out), cues_of(roles), told(mix, roles, placed), numbers, notes)


def by_time(contacts: list[Contact]) -> list[Contact]:
    return sorted(contacts, key=lambda contact: contact.time_s)


def cues_of(roles: Roles) -> list[Cue]:
    """Every contact that was given a sound, by time."""
    cues = [
        Cue(contact.time_s, contact.strength, contact.pan, contact.size, family)
        for family, contacts in roles.items()
        for contact in contacts
    ]
    return sorted(cues, key=lambda cue: cue.time_s)


def told(mix: Mix, roles: Roles, placed: Roles) -> str:
    """What was made, in one sentence."""
    parts = []
    for voice in mix.heard:
        kinds = [*voice.variants, f"×{len(roles[voice.family])}" if roles[voice.family] else ""]
        detail = ", ".join(kind for kind in kinds if kind)
        parts.append(f"{voice.family} ({detail})" if detail else voice.family)
    made = f"Made {', '.join(parts)}" if parts else "Nothing was left to make"
    by_movement = [
        f"{family} {'' if len(placed[family]) == len(roles[family]) else f'×{len(placed[family])} '}"
        "placed by movement, not by contacts seen"
        for family in roles
        if placed[family]
    ]
    left_out = [voice.family for voice in mix.voices if voice.removed]
    left = f"left out: {', '.join(left_out)}" if left_out else ""
    unknown = f"not understood: {', '.join(mix.unknown)}" if mix.unknown else ""
    return "; ".join(filter(None, [made, *by_movement, left, unknown])) + "."


def told_of_placing(seen: Roles, placed: Roles) -> list[str]:
    """A sentence for each family with moments that nobody saw."""
    return [
        f"{family.capitalize()} placed by movement, not by contacts seen: "
        f"{len(moments)} of {len(moments) + len(seen[family])}. Check them against the picture."
        for family, moments in placed.items()
        if moments
    ]


def told_of_words(mix: Mix) -> list[str]:
    return [f"Not understood: {', '.join(mix.unknown)}."] if mix.unknown else []
