"""From the published names to the parts that compute: every key and shape is held to, what is never run is dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor, nn

from ..checkpoint import check, shapes
from .beats import Beats, BeatsSize, folded
from .configuration import Configuration
from .connector import Connector, audio_projector
from .network import Hearing, Language, Sight, language, siglip

Shapes = dict[str, tuple[int, ...]]
N = TypeVar("N", Sight, Hearing, Language)

vision = "model.vision_tower.vision_tower.vision_model."
connector = "model.mm_projector."
audio = "model.audio_tower."
projector = "model.mm_projector_a."

table = "relative_attention_bias.weight"
conv = "encoder.pos_conv.0.weight"


def known_shapes(published: Mapping[str, Tensor]) -> Shapes:
    """Without reading a tensor, where the mapping can tell."""
    told = getattr(published, "shapes", None)
    return dict(told) if told is not None else shapes(published)


def hold_to(published: Mapping[str, Tensor], configuration: Configuration) -> None:
    """Raises WeightsMismatch unless the keys and shapes are those of the whole model, nothing left over.

    Of the table of positions, which all layers share, the copies after the first may be absent.
    """
    found, wanted = known_shapes(published), published_shapes(configuration)
    copies = {audio + copy_of(layer) for layer in range(1, configuration.audio.layers)}
    check({key: shape for key, shape in wanted.items() if key in found or key not in copies}, found)


def published_shapes(configuration: Configuration) -> Shapes:
    """Every key of a checkpoint: 1156 at full size."""
    width, seen = configuration.width, configuration.vision["hidden_size"]
    parts: dict[str, Callable[[], nn.Module]] = {
        "": lambda: language(configuration),
        vision: lambda: siglip(configuration.siglip()),
        connector: lambda: Connector(seen, width),
        projector: lambda: audio_projector(configuration.audio.width, width),
    }
    found = {prefix + key: shape for prefix, make in parts.items() for key, shape in shapes_of(make).items()}
    return found | {audio + key: shape for key, shape in beats_shapes(configuration.audio).items()}


def shapes_of(make: Callable[[], nn.Module]) -> Shapes:
    with torch.device("meta"):
        return shapes(make().state_dict())


def beats_shapes(size: BeatsSize) -> Shapes:
    """As published: the convolution's weight in two, the table of positions once a layer, and the unused head."""
    found = shapes_of(lambda: Beats(size))
    weight, positions = found.pop(conv), found.pop(f"encoder.positions.{table}")
    found |= {f"{conv}_g": (1, 1, weight[-1]), f"{conv}_v": weight}
    found |= {copy_of(layer): positions for layer in range(size.layers)}
    return found | {"predictor.weight": (size.classes, size.width), "predictor.bias": (size.classes,)}


def copy_of(layer: int) -> str:
    return f"encoder.layers.{layer}.self_attn.{table}"


@dataclass(frozen=True)
class Place:
    """Where a part's weights are and in which format."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    dtype: torch.dtype = torch.float32


def sight(published: Mapping[str, Tensor], configuration: Configuration, place: Place | None = None) -> Sight:
    return _filled(lambda: Sight(configuration), published, {"tower.": vision, "connector.": connector}, place)


def hearing(published: Mapping[str, Tensor], configuration: Configuration, place: Place | None = None) -> Hearing:
    of = {"tower.": audio, "projector.": projector}
    return _filled(lambda: Hearing(configuration), Folded(published), of, place)


def reader(published: Mapping[str, Tensor], configuration: Configuration, place: Place | None = None) -> Language:
    """The language model."""
    return _filled(lambda: language(configuration), published, {"": ""}, place)


def _filled(make: Callable[[], N], published: Mapping[str, Tensor], of: Mapping[str, str], place: Place | None) -> N:
    """of: prefix of a part's own names -> prefix of the published ones. Nothing but what is computed with is read."""
    place = place or Place()
    with torch.device("meta"):
        module = make()
    state = {}
    for own in module.state_dict():
        prefix = next(prefix for prefix in of if own.startswith(prefix))
        tensor = published[of[prefix] + own.removeprefix(prefix)]
        state[own] = tensor.to(place.device, place.dtype)
    check(shapes(module.state_dict()), shapes(state))
    module.load_state_dict(state, assign=True)
    module.settle(place.device)
    return module.eval().requires_grad_(False)


class Folded(Mapping[str, Tensor]):
    """The published tensors and the two that BEATs computes with in their place."""

    def __init__(self, published: Mapping[str, Tensor]) -> None:
        self.published = published

    def __getitem__(self, key: str) -> Tensor:
        if key == audio + conv:
            return folded(self.published[f"{key}_g"], self.published[f"{key}_v"])
        return self.published[audio + copy_of(0) if key == f"{audio}encoder.positions.{table}" else key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.published)

    def __len__(self) -> int:
        return len(self.published)
