"""What `foleyline models` shows while the engine works on files: bars on a terminal, lines elsewhere, or JSON."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TextIO

from google.protobuf import json_format
from tqdm import tqdm

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import errors

phases = {
    pb.FileProgress.copying: "copying",
    pb.FileProgress.downloading: "downloading",
    pb.FileProgress.checking: "checking",
    pb.FileProgress.waiting: "waiting",
}


@dataclass
class Seen:
    """Paths of files by how they ended."""

    whole: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    def add(self, end: pb.FileEnd) -> None:
        path = end.file.path
        self.damaged = [each for each in self.damaged if each != path]
        if end.file.state == pb.ModelFile.damaged:
            self.damaged.append(path)
        elif end.file.state == pb.ModelFile.whole:
            self.whole.append(path)


def shown(*, as_json: bool, out: TextIO, seen: Seen) -> Lines:
    """The one that fits where `out` goes."""
    if as_json:
        return JsonLines(out, seen)
    return Bars(out, seen) if out.isatty() else Lines(out, seen)


class Lines:
    """One line for each file that ends, and for what has to be waited for."""

    def __init__(self, out: TextIO, seen: Seen) -> None:
        self.out = out
        self.seen = seen

    def event(self, event: pb.FetchEvent) -> None:
        if event.HasField("bill"):
            self.bill(event.bill)
        elif event.HasField("progress"):
            self.progress(event.progress)
        else:
            self.seen.add(event.end)
            self.end(event.end)

    def bill(self, bill: pb.Bill) -> None:
        """Was shown before the question."""

    def progress(self, progress: pb.FileProgress) -> None:
        if progress.text:
            self.say(f"{progress.path}: {progress.text}" if progress.path else progress.text)

    def end(self, end: pb.FileEnd) -> None:
        mark = "DAMAGED " if end.file.state == pb.ModelFile.damaged else ""
        learned = f" ({end.file.learned_sum}, learnt now)" if "downloaded" in end.text and end.file.learned_sum else ""
        self.say(f"{mark}{end.file.path}: {end.text}{learned}")

    def problem(self, problem: FoleyError) -> None:
        self.say(errors.sentence(problem))

    def say(self, text: str) -> None:
        print(text, file=self.out, flush=True)

    def close(self) -> None:
        """Nothing is open; bars are."""


class Bars(Lines):
    """A bar for all bytes and one for the file in hand."""

    def __init__(self, out: TextIO, seen: Seen) -> None:
        super().__init__(out, seen)
        self._all: tqdm | None = None
        self._file: tqdm | None = None
        self._path = ""

    def progress(self, progress: pb.FileProgress) -> None:
        super().progress(progress)
        if progress.all_size:
            self._all = self._all or self._bar("All", progress.all_size)
            _move(self._all, progress.all_done, progress.all_size)
        if self._file is None or self._path != progress.path:
            self._drop()
            self._file, self._path = self._bar("", progress.size), progress.path
        name = progress.path.rpartition("/")[2]
        self._file.set_description_str(f"  {name:<30.30} {phases[progress.phase]:<12}", refresh=False)
        _move(self._file, progress.done, progress.size)

    def end(self, end: pb.FileEnd) -> None:
        self._drop()
        super().end(end)

    def say(self, text: str) -> None:
        tqdm.write(text, file=self.out)

    def close(self) -> None:
        self._drop()
        if self._all is not None:
            self._all.close()
            self._all = None

    def _bar(self, name: str, total: int) -> tqdm:
        return tqdm(total=total, file=self.out, desc=name, unit="B", unit_scale=True, dynamic_ncols=True, leave=False)

    def _drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _move(bar: tqdm, done: int, size: int) -> None:
    """tqdm measures speed by what is added, so a step back starts its clock anew."""
    bar.total = size
    if done < bar.n:
        bar.reset(size)
    bar.update(done - bar.n)


class JsonLines(Lines):
    """One event a line."""

    def __init__(self, out: TextIO, seen: Seen) -> None:
        super().__init__(out, seen)
        self._start = time.monotonic()

    def bill(self, bill: pb.Bill) -> None:
        self._tell("bill", bill=json_format.MessageToDict(bill, preserving_proto_field_name=True))

    def progress(self, progress: pb.FileProgress) -> None:
        self._tell(
            "progress",
            path=progress.path,
            phase=pb.FileProgress.Phase.Name(progress.phase),
            done=progress.done,
            size=progress.size,
            all_done=progress.all_done,
            all_size=progress.all_size,
            text=progress.text,
        )

    def end(self, end: pb.FileEnd) -> None:
        file = json_format.MessageToDict(end.file, preserving_proto_field_name=True)
        self._tell("file", path=end.file.path, text=end.text, file=file)

    def problem(self, problem: FoleyError) -> None:
        self._tell("problem", code=problem.code, facts=problem.facts, text=errors.sentence(problem))

    def say(self, text: str) -> None:
        self._tell("message", text=text)

    def _tell(self, event: str, **facts: object) -> None:
        line = {"event": event, "after_s": round(time.monotonic() - self._start, 3), **facts}
        print(json.dumps(line, ensure_ascii=False), file=self.out, flush=True)
