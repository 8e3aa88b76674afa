"""Every key and shape of the published checkpoint, at full size, on a device without memory."""

import pytest
import torch

from foleyline_engine.models.checkpoint import WeightsMismatch
from foleyline_engine.models.videollama2 import weights
from foleyline_engine.models.videollama2.configuration import Configuration

full = Configuration()
meta = weights.Place(torch.device("meta"), torch.bfloat16)


def blank(table):
    return {key: torch.empty(shape, device="meta") for key, shape in table.items()}


@pytest.mark.checkpoint_keys
def test_the_whole_checkpoint_is_known(table):
    assert len(table) == 1156
    assert weights.published_shapes(full) == table
    weights.hold_to(blank(table), full)


@pytest.mark.checkpoint_keys
def test_every_part_is_loaded_from_it(table):
    state = blank(table)
    made = [make(state, full, meta) for make in (weights.sight, weights.hearing, weights.reader)]
    held = sum(weight.numel() for module in made for weight in module.parameters())
    listed = sum(tensor.numel() for tensor in state.values())
    assert 0.99 < held / listed < 1.0


@pytest.mark.checkpoint_keys
def test_a_key_more_or_less_is_refused(table):
    with pytest.raises(WeightsMismatch, match=r"model\.unknown is not known"):
        weights.hold_to(blank(table) | {"model.unknown": torch.empty(1)}, full)
    for key in list(table)[:: len(table) // 12]:
        if weights.table not in key:
            with pytest.raises(WeightsMismatch, match="is missing"):
                weights.hold_to({name: tensor for name, tensor in blank(table).items() if name != key}, full)


@pytest.mark.checkpoint_keys
def test_every_shape_counts(table):
    for key in list(table)[:: len(table) // 12]:
        with pytest.raises(WeightsMismatch, match="1 tensors differ"):
            weights.hold_to(blank(table) | {key: torch.empty(7, 7, 7, device="meta")}, full)


@pytest.mark.checkpoint_keys
def test_one_table_of_positions_is_enough(table):
    kept = {key: tensor for key, tensor in blank(table).items() if weights.table not in key or ".layers.0." in key}
    assert len(kept) == 1156 - 11
    weights.hold_to(kept, full)
    weights.hearing(kept, full, meta)
    first = weights.audio + weights.copy_of(0)
    with pytest.raises(WeightsMismatch, match="is missing"):
        weights.hold_to({key: tensor for key, tensor in kept.items() if key != first}, full)
