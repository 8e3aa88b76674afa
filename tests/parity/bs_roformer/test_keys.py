"""Every key and shape of the published files, at full size, on a device without memory; the published bands."""

import pytest
import torch

from foleyline_engine.models import checkpoint
from foleyline_engine.models.bs_roformer import weights
from foleyline_engine.models.bs_roformer.bands import mel_bins
from foleyline_engine.models.bs_roformer.published import bs_roformer, mel_band_roformer

published = (bs_roformer, mel_band_roformer)


def takes(configuration, state):
    try:
        weights.network(state, configuration.size)
    except checkpoint.WeightsMismatch:
        return False
    return True


def blank(table):
    return {key: torch.empty(shape, device="meta") for key, shape in table.items()}


def takers(table):
    return [each for each in published if takes(each, blank(table))]


@pytest.mark.separator_table("keys")
def test_one_network_takes_the_file(table):
    assert len(takers(table)) == 1


@pytest.mark.separator_table("keys")
def test_a_file_inside_a_mapping_is_taken(table):
    (taker,) = takers(table)
    weights.network({"state_dict": blank(table)}, taker.size)


@pytest.mark.separator_table("keys")
def test_a_file_with_a_key_more_or_less_is_refused(table):
    (taker,) = takers(table)
    with pytest.raises(checkpoint.WeightsMismatch, match="unknown is not known"):
        weights.network(blank(table) | {"unknown": torch.empty(1)}, taker.size)
    first = next(iter(table))
    with pytest.raises(checkpoint.WeightsMismatch, match="is missing"):
        weights.network({key: tensor for key, tensor in blank(table).items() if key != first}, taker.size)


@pytest.mark.separator_table("keys")
def test_every_key_decides(table):
    """A tensor of another shape is refused, whichever it is."""
    (taker,) = takers(table)
    for key in list(table)[:: max(1, len(table) // 12)]:
        with pytest.raises(checkpoint.WeightsMismatch, match="1 tensors differ"):
            weights.network(blank(table) | {key: torch.empty(7, 7, 7, device="meta")}, taker.size)


@pytest.mark.separator_table("bands")
def test_bands(table):
    bins = mel_bins(table["num_bands"], table["n_fft"], table["sample_rate"])
    assert [[band[0], band[-1]] for band in bins] == table["first_last_bin_inclusive"]
    assert [len(band) for band in bins] == table["num_freqs_per_band"]


def test_the_last_rotary_table_holds():
    state = {
        f"layers.{i}.{j}.layers.0.0.{weights.suffix}": torch.tensor([10.0 * i + j]) for i in (0, 1) for j in (0, 1)
    }
    assert [float(tensor) for tensor in weights.one_table(state).values()] == [10.0, 11.0, 10.0, 11.0]
