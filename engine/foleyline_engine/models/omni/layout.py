"""Which token stands where: text, pictures and sound, those of the same two seconds beside one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Marks:
    """Token numbers that stand for what is no text, and how time is counted, as a checkpoint's configuration says.

    a_second: positions in a second; chunk_s: seconds of pictures that stand before the sound of the same seconds.
    """

    picture: int
    sound: int
    picture_begin: int
    picture_end: int
    sound_begin: int
    sound_end: int
    a_second: int
    chunk_s: int


def marks_of(configuration: Any) -> Marks:
    begin = configuration.vision_start_token_id
    return Marks(
        configuration.video_token_id,
        configuration.audio_token_id,
        begin,
        getattr(configuration, "vision_end_token_id", begin + 1),
        configuration.audio_start_token_id,
        configuration.audio_end_token_id,
        configuration.position_id_per_seconds,
        configuration.seconds_per_chunk,
    )


def clip_ids(marks: Marks, pairs: int, a_pair: int, seconds: int, sound: int) -> list[int]:
    """A clip's tokens. pairs: pairs of pictures, of `a_pair` tokens each, `seconds` apart; sound: its tokens.

    With both, each two seconds of pictures stand before the same two seconds of sound.
    """
    if not pairs:
        return [marks.sound_begin, *[marks.sound] * sound, marks.sound_end]
    if not sound:
        return [marks.picture_begin, *[marks.picture] * (pairs * a_pair), marks.picture_end]
    span = marks.a_second * marks.chunk_s
    shown = _chunks([pair * seconds * marks.a_second for pair in range(pairs) for _ in range(a_pair)], span)
    heard = _chunks(range(sound), span)
    ids = [marks.picture_begin, marks.sound_begin]
    for place in range(max(len(shown), len(heard))):
        ids += [marks.picture] * shown[place] if place < len(shown) else []
        ids += [marks.sound] * heard[place] if place < len(heard) else []
    return [*ids, marks.sound_end, marks.picture_end]


def _chunks(times: Sequence[int], span: int) -> list[int]:
    """How many of the rising times fall into each chunk; none is empty, for no two times are further apart."""
    counts, bound = [0], span
    for time in times:
        if time >= bound:
            counts.append(0)
            bound += span
        counts[-1] += 1
    return counts


def positions(
    rope: Callable[..., tuple[Tensor, Tensor]], ids: Sequence[int], grid: tuple[int, int, int] | None, facts: dict
) -> Tensor:
    """int64 [3, tokens]: time, row and column of each token by the model's own rule.

    facts: `seconds` between pairs of pictures and `features` of the sound, 0 for none.
    """
    row = torch.tensor([list(ids)])
    both = grid is not None and facts["features"] > 0
    found, _ = rope(
        row,
        video_grid_thw=None if grid is None else torch.tensor([grid]),
        attention_mask=torch.ones_like(row),
        use_audio_in_video=both,
        audio_seqlens=torch.tensor([facts["features"]]) if facts["features"] else None,
        second_per_grids=None if grid is None else torch.tensor([float(facts["seconds"])]),
    )
    return found[:, 0]
