"""What whole takes of a generator cost: `foleyline-engine bench takes`.

The first take of a clip, the second with another direction, several clips in one call, and the memory that it took.
Pictures are noise that lies where a clip's own would; weights are the installed ones, or random ones.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from foleyline_engine.media.storing import store
from foleyline_engine.models import catalog, installed
from foleyline_engine.models.exchange import Frames, Generated, GenerateJob, View, delivery_rate

held_for_rate = Fraction(25)


@dataclass(frozen=True)
class Cost:
    """first_s, second_s: of a take, and of one with another direction. together_s: of `clips` in one call, each;
    apart_s: one after another, each. peak_bytes: of the process; device_bytes: of the accelerator.
    """

    generator: str
    seconds: float
    clips: int
    first_s: float
    second_s: float
    together_s: float
    apart_s: float
    peak_bytes: int
    device_bytes: int


def keep_on() -> None:
    """A check that never stops the work."""


def frames(view: View, seconds: float, changes: float, seed: int) -> Frames:
    """Noise that changes `changes` times a second."""
    rate = view.rate or held_for_rate
    count = max(1, int(seconds * rate))
    shape = (view.height, view.width, 3) if view.colour == "rgb" else (view.height, view.width)
    place, draw = store(count, shape), np.random.default_rng(seed)
    shown = (np.arange(count) / float(rate) * changes).astype(int)
    edges = [0, *(np.flatnonzero(np.diff(shown)) + 1), count]
    for first, end in pairwise(edges):
        place.put(int(first), int(end), draw.integers(0, 256, shape, dtype=np.uint8))
    pixels, release = place.all(count)
    return Frames(pixels, np.arange(count) / float(rate), release)


def job(name: str, seconds: float, changes: float, seed: int, prompt: str, steps: int) -> GenerateJob:
    return GenerateJob(
        frames={view: frames(view, seconds, changes, seed) for view in catalog.generator(name).views},
        length_n=round(seconds * delivery_rate),
        prompt=prompt,
        negative_prompt="",
        seed=seed,
        check=keep_on,
        steps=steps,
    )


def measure(asked: argparse.Namespace) -> Cost:
    """In this process; the first small take loads the model and is not counted."""
    name, seconds = asked.generator, asked.seconds[0]
    run(name, [job(name, 0.7, 1, 1000, "warm up", 1)])
    clips = [job(name, seconds, asked.changes, seed, "rain", asked.steps) for seed in range(asked.clips)]
    first_s = run(name, clips[:1])
    again = replace(clips[0], prompt="wind in trees")
    second_s = run(name, [again])
    apart_s = together_s = first_s
    if asked.clips > 1:
        apart_s = (first_s + sum(run(name, [each]) for each in clips[1:])) / asked.clips
        others = [job(name, seconds, asked.changes, 100 + seed, "rain", asked.steps) for seed in range(asked.clips)]
        together_s = run(name, others) / asked.clips
    return Cost(name, seconds, asked.clips, first_s, second_s, together_s, apart_s, peak_bytes(), device_bytes())


def run(name: str, jobs: Sequence[GenerateJob]) -> float:
    """Seconds: by the clock on an accelerator, else of the processor by its cores, which others do not lengthen."""
    clock = time.perf_counter if device_bytes() else lambda: time.process_time() / threads()
    start = clock()
    for made in catalog.generator(name).generate(jobs):
        if not isinstance(made, Generated):
            raise made
    return clock() - start


def threads() -> int:
    torch = sys.modules.get("torch")
    return torch.get_num_threads() if torch else 1


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def device_bytes() -> int:
    torch = sys.modules.get("torch")
    return torch.cuda.max_memory_allocated() if torch and torch.cuda.is_available() else 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="foleyline-engine bench takes", description=__doc__)
    parser.add_argument("--generator", choices=catalog.names("generator"), default="mmaudio-small-44k")
    parser.add_argument("--seconds", type=float, nargs="+", default=[8.0], help="lengths of the clips")
    parser.add_argument("--clips", type=int, default=1, help="clips in one call, against as many one by one")
    parser.add_argument("--changes", type=float, default=25.0, help="new pictures a second")
    parser.add_argument("--steps", type=int, default=25, help="of a generator that denoises")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    if len(asked.seconds) == 1 and asked.json:
        print(json.dumps(asdict(measure(asked))))
        return 0
    costs = [apart(asked, seconds) for seconds in asked.seconds]
    (tell_json if asked.json else tell_table)(costs)
    return 0


def apart(asked: argparse.Namespace, seconds: float) -> Cost:
    """In a process of its own, so that the most memory that it held is that of this length."""
    own = [f"--{key}={getattr(asked, key)}" for key in ("generator", "clips", "changes", "steps")]
    command = [sys.executable, "-m", "foleyline_engine", "bench", "takes", *own, f"--seconds={seconds}", "--json"]
    settings = os.environ | {installed.random_weights: "1"}
    return Cost(**json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, env=settings).stdout))


def tell_json(costs: Sequence[Cost]) -> None:
    print(json.dumps([asdict(cost) for cost in costs]))


def tell_table(costs: Sequence[Cost]) -> None:
    print(f"{costs[0].generator}, weights that are not installed are random")
    print("  length   clips     first    second        together, apart (a clip)      memory   of the device")
    for cost in costs:
        print(
            f"{cost.seconds:6.1f} s {cost.clips:6}  {cost.first_s:7.2f} s {cost.second_s:7.2f} s"
            f" ({cost.second_s / cost.first_s:.2f} x)  {cost.together_s:7.2f} s {cost.apart_s:7.2f} s"
            f" {cost.peak_bytes / 1e9:8.2f} GB {cost.device_bytes / 1e9:8.2f} GB"
        )
