"""Reading mmaudio's golden files: configuration, float32 tensors, and the comparison with its stated limits."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from foleyline_engine.models import checkpoint
from foleyline_engine.models.clip import model as clip
from foleyline_engine.models.mmaudio import weights
from foleyline_engine.models.mmaudio.vae import VAE
from foleyline_engine.models.mmaudio.variants import NetworkSize
from foleyline_engine.models.mmaudio.vocoder import Vocoder, VocoderSize
from foleyline_engine.models.synchformer import visual

torch.set_num_threads(1)

roots = [
    Path(__file__).parents[2] / "golden",
    *map(Path, filter(None, os.environ.get("FOLEYLINE_GOLDEN", "").split(os.pathsep))),
]


class Reading:
    """One golden file. Weights are stored in bfloat16 where that is exact, and compute in float32."""

    def __init__(self, golden):
        self.golden = golden
        self.config = json.loads(golden.header.get("config", "{}")) | golden.facts.get("config", {})
        self.stated = json.loads(golden.header.get("tolerance", "{}")) | golden.facts.get("tolerance", {})

    def tensor(self, name):
        with safe_open(self.golden.path, "pt") as file:
            found = file.get_tensor(name)
        return found.float() if found.is_floating_point() else found

    def weights(self, part=""):
        start = f"weights.{part}"
        with safe_open(self.golden.path, "pt") as file:
            names = list(file.keys())
        return {name.removeprefix(start): self.tensor(name) for name in names if name.startswith(start)}

    def outputs(self, start=""):
        names = sorted(name for name in self.golden.names if name.startswith(f"out.{start}"))
        return {name.removeprefix("out."): self.tensor(name) for name in names}

    def close(self, name, made, limit):
        """limit: relative L2, used where the header states none for this output or for all of them."""
        wanted = self.tensor(f"out.{name}")
        assert made.shape == wanted.shape, (name, made.shape, wanted.shape)
        allowed = self.stated.get(name, self.stated.get("rel_l2", limit))
        far = float((made.double() - wanted.double()).norm() / wanted.double().norm())
        assert far <= allowed, f"{name}: {far:.2e} is over {allowed:.0e}"


class Build:
    """The models of a golden file's configuration, loaded with its weights."""

    @staticmethod
    def network_size(config):
        return NetworkSize(
            latent_dim=config["latent_dim"],
            dim=config["hidden_dim"],
            heads=config["num_heads"],
            joint=config["depth"] - config["fused_depth"],
            fused=config["fused_depth"],
            v2=config["v2"],
            clip_dim=config["clip_dim"],
            sync_dim=config["sync_dim"],
            text_dim=config["text_dim"],
        )

    @staticmethod
    def vae(config, published):
        vae = VAE(config["data_dim"], config["hidden_dim"], config["embed_dim"])
        return checkpoint.load(vae, weights.fold_magnitudes(published))

    @staticmethod
    def vocoder(config, published):
        size = VocoderSize(
            mels=config["num_mels"],
            rates=tuple(config["upsample_rates"]),
            kernels=tuple(config["upsample_kernel_sizes"]),
            v2=not config.get("use_tanh_at_final", True),
            width=config["upsample_initial_channel"],
            block_kernels=tuple(config["resblock_kernel_sizes"]),
            dilations=tuple(config["resblock_dilation_sizes"][0]),
        )
        return checkpoint.load(Vocoder(size), weights.fold_weight_norm(published))

    @staticmethod
    def visual(config, published):
        size = visual.VisualSize(
            config["embed_dim"], config["depth"], config["num_heads"], config["patch"], config["patch_t"], config["img"]
        )
        return checkpoint.load(visual.Visual(size), visual.state_of(published))

    @staticmethod
    def clip(config, published):
        vision, text = config["vision_cfg"], config["text_cfg"]
        size = clip.ClipSize(
            embed=config["embed_dim"],
            vision=clip.TowerSize(vision["width"], vision["layers"], vision["width"] // vision["head_width"]),
            text=clip.TowerSize(text["width"], text["layers"], text["heads"]),
            image=vision["image_size"],
            patch=vision["patch_size"],
            vocabulary=text["vocab_size"],
            positions=text["context_length"],
        )
        return clip.of(published, size)

    @staticmethod
    def enlarged(small, size):
        """Every pixel repeated until the picture has the size."""
        times = size // small.shape[-1]
        return small.repeat_interleave(times, -1).repeat_interleave(times, -2)


@pytest.fixture
def build():
    return Build


@pytest.fixture
def reading(golden):
    return Reading(golden)


def tables(family, holds):
    """JSON files of a family, in every root, for whose content `holds` is true."""
    found = []
    for root in roots:
        for path in sorted((root / family).glob("**/*.json")):
            content = json.loads(path.read_text())
            if holds(content):
                found.append(pytest.param(content, id=f"{roots.index(root)}-{path.name}"))
    return found


def is_selection(content):
    return isinstance(content, dict) and "clip_frame_indices" in str(content.get("cases", [{}])[:1])


def is_lengths(content):
    return isinstance(content, list) and bool(content) and "duration" in content[0]


def is_tokens(content):
    return isinstance(content, dict) and "tokenizer" in content


def is_keys(content):
    """A published file's keys and shapes."""
    return (
        isinstance(content, dict)
        and len(content) > 50
        and all(isinstance(shape, list) and all(isinstance(size, int) for size in shape) for shape in content.values())
    )


kinds = {"keys": is_keys, "selection": is_selection, "lengths": is_lengths, "tokens": is_tokens}


def pytest_configure(config):
    config.addinivalue_line("markers", "golden_table(family, kind): runs for every JSON table of that kind")
    config.golden_tables = lambda family, kind: tables(family, kinds[kind])


def pytest_generate_tests(metafunc):
    for mark in metafunc.definition.iter_markers("golden_table"):
        family, kind = mark.args
        found = tables(family, kinds[kind])
        if not found:
            raise LookupError(f"no table of {family} {kind} under {roots}")
        metafunc.parametrize("table", found)
