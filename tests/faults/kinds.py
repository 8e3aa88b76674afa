"""The faults: each is done to a batch at some moment of its run, and leaves it to be run again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import signal
import socket
import time
from collections.abc import Callable

from foleyline import runtime
from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin import request
from foleyline_plugin.engine import Engine, Lost

from .batch import Batch, ended, interrupt

Fault = Callable[[Batch, random.Random], None]


def moment(batch: Batch, chance: random.Random) -> None:
    time.sleep(chance.uniform(0.0, 1.0) * batch.whole_s)


def engine_killed(batch: Batch, chance: random.Random) -> None:
    process = batch.start()
    moment(batch, chance)
    if pid := batch.wait_for_engine():
        signalled(pid, signal.SIGKILL)
    ended(process)


def client_killed(batch: Batch, chance: random.Random) -> None:
    with batch.running():
        moment(batch, chance)


def both_killed(batch: Batch, chance: random.Random) -> None:
    with batch.running():
        moment(batch, chance)
        if pid := batch.wait_for_engine():
            signalled(pid, signal.SIGKILL)


def client_interrupted(batch: Batch, chance: random.Random) -> None:
    """Not before it has begun: while Python itself starts, Ctrl-C is Python's to answer."""
    process = batch.start()
    while process.poll() is None and not batch.out.exists():
        time.sleep(0.01)
    moment(batch, chance)
    interrupt(process)
    ended(process)


def engine_held(batch: Batch, chance: random.Random) -> None:
    """It hangs for a while, as with a decoder that waits for a disk to spin up."""
    process = batch.start()
    moment(batch, chance)
    if pid := batch.wait_for_engine():
        signalled(pid, signal.SIGSTOP)
        time.sleep(chance.uniform(0.1, 1.5))
        signalled(pid, signal.SIGCONT)
    ended(process)


def media_pulled(batch: Batch, chance: random.Random) -> None:
    victim = chance.choice(batch.media)
    aside = victim.with_suffix(".aside")
    process = batch.start()
    moment(batch, chance)
    victim.rename(aside)
    try:
        ended(process)
    finally:
        aside.rename(victim)


def takes_pulled(batch: Batch, chance: random.Random) -> None:
    batch.finish()
    sounds = sorted((batch.out / "audio").glob("*.wav"))
    for path in chance.sample(sounds, k=chance.randint(1, len(sounds))):
        path.unlink()


def records_damaged(batch: Batch, chance: random.Random) -> None:
    batch.finish()
    for path in chance.sample(sorted((batch.out / ".foleyline/takes").glob("*.json")), k=2):
        content = path.read_bytes()
        path.write_bytes(content[: chance.randrange(len(content))] + chance.randbytes(chance.randint(0, 40)))


def sounds_damaged(batch: Batch, chance: random.Random) -> None:
    batch.finish()
    path = chance.choice(sorted((batch.out / "audio").glob("*.wav")))
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def disk_full(batch: Batch, chance: random.Random) -> None:
    """The engine may write no file longer than a few thousand bytes for a while."""
    process = batch.start()
    if pid := batch.wait_for_engine():
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (chance.randrange(200_000), resource.RLIM_INFINITY))
    ended(process)
    if pid:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def garbage(batch: Batch, chance: random.Random) -> None:
    """Bytes that are no gRPC, on the engine's socket."""
    process = batch.start()
    if batch.wait_for_engine():
        for _ in range(5):
            for path in batch.runtime.glob("engine-*.sock"):
                with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as end:
                    end.connect(str(path))
                    end.sendall(chance.randbytes(chance.choice([1, 9, 24, 5000, 200_000])))
            time.sleep(0.02)
    ended(process)


def absurd(batch: Batch, chance: random.Random) -> None:
    """Messages of the contract with values that no panel sends; each is refused in words and nothing falls over."""
    process = batch.start()
    if batch.wait_for_engine():
        asyncio.run(ask(batch, [absurd_request(batch, chance) for _ in range(8)]))
    ended(process)


def cancelled(batch: Batch, chance: random.Random) -> None:
    """Calls closed as they enter a step, each at another one."""
    process = batch.start()
    if batch.wait_for_engine():
        asyncio.run(cancel(batch, chance))
    ended(process)


kinds: list[Fault] = [
    engine_killed,
    client_killed,
    both_killed,
    client_interrupted,
    engine_held,
    media_pulled,
    takes_pulled,
    records_damaged,
    sounds_damaged,
    disk_full,
    garbage,
    absurd,
    cancelled,
]


def signalled(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


async def reached(batch: Batch) -> Engine | None:
    os.environ["FOLEYLINE_RUNTIME"] = str(batch.runtime)
    address = runtime.read_address()
    return Engine(address) if address else None


async def ask(batch: Batch, requests: list[pb.GenerateRequest]) -> None:
    engine = await reached(batch)
    if engine is None:
        return
    try:
        for each in requests:
            try:
                async with asyncio.timeout(20):
                    async for _ in engine.generate(each):
                        """Whatever comes, comes."""
            except FoleyError as refused:
                assert refused.code != "E-FAULT", refused
            except Lost:
                return
    finally:
        await engine.close()


async def cancel(batch: Batch, chance: random.Random) -> None:
    engine = await reached(batch)
    if engine is None:
        return
    try:
        for step in chance.sample(list(pb.Step.values()), k=3):
            asked = plain_request(batch)
            asked.seed = chance.randrange(2**60)
            with contextlib.suppress(Lost):
                events = engine.generate(asked)
                async for event in events:
                    if event.WhichOneof("event") == "progress" and event.progress.step == step:
                        break
                await events.aclose()  # pyright: ignore[reportAttributeAccessIssue] - it is a generator
    finally:
        await engine.close()


def plain_request(batch: Batch) -> pb.GenerateRequest:
    asked = request.default(batch.folder / "other", 0)
    asked.clip.name = "Sh 1"
    asked.clip.media.path = str(batch.media[0])
    for span in (asked.clip.source_range, asked.clip.record_range):
        span.start.CopyFrom(pb.RationalTime(value=0, rate_num=25, rate_den=1))
        span.duration.CopyFrom(pb.RationalTime(value=20, rate_num=25, rate_den=1))
    return asked


extremes = [0, 1, -1, 2**31 - 1, -(2**31), 7, 25]
huge = [0, 1, -1, 2**63 - 1, -(2**63), 10**9]
texts = ["", "\0", "../../etc/passwd", "/dev/zero", "/proc/self/mem", "x" * 100_000, "é\u202e\ud7ff", "/"]
numbers = [0.0, -1.0, float("nan"), float("inf"), 1e308, -1e308, 1e-308, 0.5]


def absurd_request(batch: Batch, chance: random.Random) -> pb.GenerateRequest:
    """A plain request with one to four fields of any depth set to something absurd. Its outputs stay in the folder."""
    asked = plain_request(batch)
    for _ in range(chance.randint(1, 4)):
        spoil(asked, chance)
    asked.out_dir = str(batch.folder / "other")
    return asked


def spoil(message, chance: random.Random) -> None:
    field = chance.choice(message.DESCRIPTOR.fields)
    kind = field.type
    if kind == field.TYPE_MESSAGE:
        spoil(getattr(message, field.name), chance)
    elif kind == field.TYPE_STRING:
        setattr(message, field.name, chance.choice(texts))
    elif kind in (field.TYPE_DOUBLE, field.TYPE_FLOAT):
        setattr(message, field.name, chance.choice(numbers))
    elif kind == field.TYPE_BOOL:
        setattr(message, field.name, chance.random() < 0.5)
    elif kind in (field.TYPE_INT64, field.TYPE_SINT64):
        setattr(message, field.name, chance.choice(huge))
    elif kind in (field.TYPE_UINT32, field.TYPE_UINT64):
        setattr(message, field.name, chance.choice([0, 1, 2**32 - 1]))
    else:
        setattr(message, field.name, chance.choice(extremes))
