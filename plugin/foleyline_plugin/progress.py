"""What the headless command shows while it works: bars on a terminal, plain lines elsewhere, or events as JSON."""

from __future__ import annotations

import json
import time
from typing import TextIO

from google.protobuf import json_format
from tqdm import tqdm

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import errors, words
from .jobs import Job
from .runner import Reporter

steps_n = 8


def reporter(*, as_json: bool, total: int, out: TextIO) -> Lines | JsonLines:
    """The one that fits where `out` goes."""
    if as_json:
        return JsonLines(out)
    if out.isatty():
        return Bars(total, out)
    return Lines(total, out)


class Lines(Reporter):
    """One line for each take that ends."""

    def __init__(self, total: int, out: TextIO) -> None:
        self._total = total
        self._ended = 0
        self._out = out

    def finished(self, job: Job, take: pb.Take) -> None:
        self._end(job, words.result(take))

    def failed(self, job: Job, problem: FoleyError) -> None:
        self._end(job, errors.sentence(problem))

    def lost(self, job: Job) -> None:
        self.say(f"The engine stopped while “{words.name(job.request)}” was worked on; it is tried again.")

    def say(self, text: str) -> None:
        print(text, file=self._out, flush=True)

    def close(self) -> None:
        """Nothing is open; bars are."""

    def _end(self, job: Job, text: str) -> None:
        self._ended += 1
        self.say(f"[{self._ended}/{self._total}] {words.name(job.request)}: {text}")


class Bars(Lines):
    """A bar in all and one for each clip in flight, with the step's name and the time left."""

    def __init__(self, total: int, out: TextIO) -> None:
        super().__init__(total, out)
        self._all = tqdm(total=total, file=out, unit="take", dynamic_ncols=True, desc="All takes")
        self._clips: dict[str, tqdm] = {}

    def progress(self, job: Job, progress: pb.Progress) -> None:
        bar = self._clips.get(job.id)
        if bar is None:
            bar = self._clips[job.id] = tqdm(
                total=steps_n,
                file=self._out,
                leave=False,
                dynamic_ncols=True,
                bar_format="  {desc} |{bar}|",
            )
        bar.set_description_str(f"{words.name(job.request):<24.24} {words.step(progress.step):<20}", refresh=False)
        bar.n = min(steps_n, progress.step - 1 + progress.fraction)
        bar.refresh()

    def lost(self, job: Job) -> None:
        self._drop(job)
        super().lost(job)

    def say(self, text: str) -> None:
        tqdm.write(text, file=self._out)

    def close(self) -> None:
        for bar in [*self._clips.values(), self._all]:
            bar.close()

    def _end(self, job: Job, text: str) -> None:
        self._drop(job)
        super()._end(job, text)
        self._all.update()

    def _drop(self, job: Job) -> None:
        if bar := self._clips.pop(job.id, None):
            bar.close()


class JsonLines(Reporter):
    """One event a line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._start = time.monotonic()

    def progress(self, job: Job, progress: pb.Progress) -> None:
        self.tell("progress", job, step=pb.Step.Name(progress.step), fraction=progress.fraction)

    def verdict(self, job: Job, verdict: pb.Verdict) -> None:
        self.tell("verdict", job, verdict=_plain(verdict))

    def written(self, job: Job, written: pb.Written) -> None:
        self.tell("written", job, step=pb.Step.Name(written.step), text=written.text)

    def finished(self, job: Job, take: pb.Take) -> None:
        self.tell("finished", job, take=_plain(take))

    def failed(self, job: Job, problem: FoleyError) -> None:
        self.tell("problem", job, code=problem.code, facts=problem.facts, text=errors.sentence(problem))

    def lost(self, job: Job) -> None:
        self.tell("lost", job)

    def say(self, text: str) -> None:
        self.tell("message", None, text=text)

    def tell(self, event: str, job: Job | None, **facts: object) -> None:
        line: dict[str, object] = {"event": event, "after_s": round(time.monotonic() - self._start, 3)}
        if job:
            line |= {"job": job.id, "clip": job.request.clip.name, "take_n": job.request.take}
        print(json.dumps(line | facts, ensure_ascii=False), file=self._out, flush=True)

    def close(self) -> None:
        """Nothing is open; bars are."""


def _plain(message: pb.Take | pb.Verdict) -> dict:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)
