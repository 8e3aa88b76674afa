"""Full-size random checkpoints in fresh processes: peak memory against the weights, second load against the first."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from foleyline_engine.models.published import Weights, file

keys = Path(__file__).parents[1] / "tests/golden"
parts = {
    "bs-roformer": ("bs_roformer/model_bs_roformer_ep_317_sdr_12.9755.ckpt", "bs_roformer/keys/bs_roformer_ep317"),
    "mmaudio small network": ("mmaudio/mmaudio_small_44k.pth", "mmaudio/keys/network_small_44k"),
    "mmaudio large network": ("mmaudio/mmaudio_large_44k_v2.pth", "mmaudio/keys/network_large_44k_v2"),
    "mmaudio autoencoder": ("mmaudio/v1-44.pth", "mmaudio/keys/vae_44k"),
    "mmaudio vocoder": ("mmaudio/bigvgan_generator.pt", "mmaudio/keys/bigvgan_v2_44k_128band_512x"),
    "clip": ("clip/open_clip_pytorch_model.bin", "mmaudio/keys/clip_openclip_vith14_378"),
    "synchformer": ("synchformer/synchformer_state_dict.pth", "mmaudio/keys/synchformer_full"),
}
"""Name -> its file in the catalogue, and the published keys and shapes."""
small = ("bs-roformer", "mmaudio small network", "mmaudio vocoder")
loads = {
    "bs-roformer": "from foleyline_engine.models.bs_roformer import published, weights\n"
    "made = weights.network(read(path), published.bs_roformer.size)",
    "mmaudio small network": "made = loading.loaders(variants['mmaudio-small-44k'])['network']()",
    "mmaudio large network": "made = loading.loaders(variants['mmaudio-large-44k-v2'])['network']()",
    "mmaudio autoencoder": "made = loading.loaders(variants['mmaudio-small-44k'])['vae']()",
    "mmaudio vocoder": "made = loading.loaders(variants['mmaudio-small-44k'])['vocoder']()",
    "clip": "made = loading.clip.of(loading.published(loading.files.clip()))",
    "synchformer": "made = loading.visual.of(loading.published(loading.files.synchformer()))",
}
load = """
import json, sys, time
from pathlib import Path
from foleyline_engine.models.checkpoint import read
from foleyline_engine.models.mmaudio import loading
from foleyline_engine.models.mmaudio.variants import variants
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) * 1024
path, before, start = Path(sys.argv[1]), peak(), time.perf_counter()
{how}
total = sum(float(each.sum()) for each in made.parameters())
print(json.dumps({{"peak_n": peak() - before, "seconds": time.perf_counter() - start}}))
"""


def measure(name: str, folder: Path) -> tuple[int, list[dict[str, float]]]:
    """Bytes of the file, and what its first and its second load took."""
    path, keys_of = parts[name]
    known: Weights = file(path)
    place = folder / known.path
    place.parent.mkdir(parents=True, exist_ok=True)
    shapes = json.loads((keys / f"{keys_of}.json").read_text())
    drawn = {
        key: torch.rand(shape[0] if shape and isinstance(shape[0], list) else shape) for key, shape in shapes.items()
    }
    torch.save({"generator": drawn} if "vocoder" in name else drawn, place)
    del drawn
    command = [sys.executable, "-c", load.format(how=loads[name]), str(place)]
    environment = os.environ | {"FOLEYLINE_MODELS": str(folder)}
    size = place.stat().st_size
    found = []
    for _ in range(2):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    for each in place.parent.glob(f"*{place.name}*"):
        each.unlink()
    return size, found


def rows(footage: Path, names: Sequence[str] = small) -> Iterator[tuple[str, str, str, str]]:
    del footage
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            size, (first, second) = measure(name, Path(folder))
            peak = max(first["peak_n"], second["peak_n"]) / size
            ratio = second["seconds"] / first["seconds"]
            told = f"{second['seconds']:.2f} s after {first['seconds']:.2f} s"
            yield (f"{name}, {size / 1e9:.2f} GB: peak memory", f"{peak:.2f} of the weights", "", "≤ 1.15")
            yield (f"{name}: second load, all of it read", told, f"the first, ratio {ratio:.2f}", "≤ 0.5")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("benchmarks.weights", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*parts, []], help="all if none is named")
    for row in rows(Path(), parser.parse_args(arguments).names or tuple(parts)):
        print("| " + " | ".join(row) + " |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
