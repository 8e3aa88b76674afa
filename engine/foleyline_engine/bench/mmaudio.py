"""What MMAudio costs, stage by stage: `foleyline-engine bench mmaudio`.

Full size, with the installed weights or, where there are none, with random ones, which cost the same.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction

import torch

from foleyline_engine.models import installed
from foleyline_engine.models.clip import model as clip
from foleyline_engine.models.mmaudio import files, flow
from foleyline_engine.models.mmaudio.conditions import Conditions, Features
from foleyline_engine.models.mmaudio.loading import loaders, shared_encoders
from foleyline_engine.models.mmaudio.network import Network
from foleyline_engine.models.mmaudio.variants import Lengths, Variant, lengths, text_n, variants
from foleyline_engine.models.residency import Parts
from foleyline_engine.models.synchformer import visual

steps, strength = 25, 4.5
stages = ("clip", "synchformer", "text", "conditions", "network", "vae", "vocoder")


@dataclass(frozen=True)
class Cost:
    """share: of the clip that was run; seconds and processor_s are for the whole clip."""

    stage: str
    batch: int
    share: float
    seconds: float
    processor_s: float


class Bench:
    """One variant at one clip length. thrift: share of the repeated work that is run, the rest is counted up."""

    def __init__(self, variant: Variant, duration_s: Fraction, thrift: float) -> None:
        self.variant, self.thrift = variant, thrift
        self.sizes: Lengths = lengths(duration_s, variant.rate)
        self.encoders: Parts = shared_encoders().parts
        self.own = Parts(loaders(variant))

    @torch.inference_mode()
    def run(self, stage: str, batch: int) -> Cost:
        return getattr(self, f"_{stage}")(batch)

    def _clip(self, batch: int) -> Cost:
        count, share = self._some(self.sizes.clip)
        pixels = torch.randint(0, 256, (batch * count, 3, clip.picture_size, clip.picture_size), dtype=torch.uint8)
        with self.encoders.use("clip") as model:
            return self._cost("clip", batch, share, lambda: clip.encode_pictures(model, pixels, 8 * batch))

    def _synchformer(self, batch: int) -> Cost:
        count, share = self._some(self.sizes.sync // 8)
        pixels = torch.randint(0, 256, (8 * (batch * count - 1) + visual.segment_n, 3, 224, 224), dtype=torch.uint8)
        with self.encoders.use("synchformer") as model:
            return self._cost("synchformer", batch, share, lambda: visual.encode(model, pixels, 4 * batch))

    def _text(self, batch: int) -> Cost:
        tokens = torch.zeros(2 * batch, text_n, dtype=torch.long)
        with self.encoders.use("clip") as model:
            return self._cost("text", batch, 1.0, lambda: clip.encode_text(model, tokens))

    def _conditions(self, batch: int) -> Cost:
        with self.own.use("network") as network:
            return self._cost("conditions", batch, 1.0, lambda: [self._pair(network) for _ in range(batch)])

    def _pair(self, network: Network) -> tuple[Conditions, Conditions]:
        size, text = network.size, torch.randn(text_n, network.size.text_dim)
        seen = torch.randn(self.sizes.clip, size.clip_dim), torch.randn(self.sizes.sync, size.sync_dim)
        return (
            network.project(Features(*seen, text), self.sizes),
            network.project(Features(text=text), self.sizes),
        )

    def _network(self, batch: int) -> Cost:
        count, share = self._some(steps)
        noise = flow.draw(range(batch), self.sizes.latent, self.variant.network.latent_dim)
        with self.own.use("network") as network:
            wanted, unwanted = zip(*(self._pair(network) for _ in range(batch)), strict=True)
            velocity = flow.guided(network, wanted, unwanted, strength, flow.times(steps)[:-1])
            return self._cost("network", batch, share, lambda: flow.euler(velocity, noise.to(network.device), count))

    def _vae(self, batch: int) -> Cost:
        latent = torch.randn(batch, self.variant.rate.latent_dim, self.sizes.latent, device=self.own.device)
        with self.own.use("vae") as vae:
            return self._cost("vae", batch, 1.0, lambda: [vae.decode_in_chunks(one[None]) for one in latent])

    def _vocoder(self, batch: int) -> Cost:
        count, share = self._some(2 * self.sizes.latent)
        mel = torch.randn(batch, self.variant.rate.mels, count, device=self.own.device)
        with self.own.use("vocoder") as vocoder:
            return self._cost("vocoder", batch, share, lambda: [vocoder.in_chunks(one[None]) for one in mel])

    def _some(self, whole: int) -> tuple[int, float]:
        count = max(2, round(whole * self.thrift))
        return count, count / whole

    def _cost(self, stage: str, batch: int, share: float, work: Callable[[], object]) -> Cost:
        work()
        seconds, processor_s = time.perf_counter(), time.process_time()
        work()
        if self.own.device.type == "cuda":
            torch.cuda.synchronize()
        passed = time.perf_counter() - seconds, time.process_time() - processor_s
        return Cost(stage, batch, share, passed[0] / share / batch, passed[1] / share / batch)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="foleyline-engine bench mmaudio", description=__doc__)
    parser.add_argument("--model", choices=variants, default="mmaudio-small-44k")
    parser.add_argument("--seconds", type=Fraction, default=Fraction(8), help="length of the clip")
    parser.add_argument("--batch", type=int, nargs="*", default=[1], help="clips at once")
    parser.add_argument("--stages", choices=stages, nargs="*", default=stages)
    parser.add_argument("--thrift", type=float, default=1.0, help="share of pictures, steps and frames that is run")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    bench = Bench(variants[asked.model], asked.seconds, asked.thrift)
    costs = [bench.run(stage, batch) for batch in asked.batch for stage in asked.stages]
    (tell_json if asked.json else tell_table)(asked.model, bench.own.device, costs)
    return 0


def weights_of(name: str) -> str:
    lacking = installed.absent(files.needed(variants[name]))
    return f"random in place of {', '.join(file.path for file in lacking)}" if lacking else "installed"


def peak_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated()
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def tell_json(name: str, device: torch.device, costs: Sequence[Cost]) -> None:
    facts = {"model": name, "weights": weights_of(name), "device": str(device), "threads": torch.get_num_threads()}
    print(json.dumps(facts | {"peak_bytes": peak_bytes(device), "costs": [asdict(cost) for cost in costs]}))


def tell_table(name: str, device: torch.device, costs: Sequence[Cost]) -> None:
    print(f"{name} on {device}, {torch.get_num_threads()} threads, weights: {weights_of(name)}")
    print(f"{'stage':12} {'batch':>5} {'run':>6} {'s a clip':>9} {'processor s':>12}")
    for cost in costs:
        print(f"{cost.stage:12} {cost.batch:5} {cost.share:6.0%} {cost.seconds:9.3f} {cost.processor_s:12.3f}")
    for batch in dict.fromkeys(cost.batch for cost in costs):
        print(f"{'all':12} {batch:5} {'':6} {sum(cost.seconds for cost in costs if cost.batch == batch):9.3f}")
    print(f"peak memory {peak_bytes(device) / 1e9:.2f} GB")


if __name__ == "__main__":
    raise SystemExit(main())
