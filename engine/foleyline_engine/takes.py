"""A take on disk: two sound files and the record that says they are whole.

Names come from the request's content; the record is written last, so a take without one is not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from google.protobuf import json_format

from foleyline import version
from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import naming
from .journey import Journey
from .media import broadcast_wav, loudness, timing
from .models.exchange import Model, Sound

ceiling_dbtp = -1.0
rounding_db = 0.01
originator = "Foleyline"


@dataclass(frozen=True)
class Finished:
    """What the pipeline has when all steps are done. fine is None where the take is silent on purpose."""

    clip: Journey
    plan: Sequence[str]
    coarse: Sound
    fine: Sound | None
    outcome: pb.Outcome


def find(request: pb.GenerateRequest, request_id: str, models: Sequence[Model]) -> pb.Take | None:
    """The take of this request if all of it lies in `out_dir` and neither its media nor its models changed since."""
    record = _record_path(request, request_id)
    if not record.is_file():
        return None
    try:
        take = json_format.Parse(record.read_text(encoding="utf8"), pb.Take())
    except (json_format.ParseError, UnicodeDecodeError):
        return None  # a damaged record is no record: the take is made again
    if take.request_id != request_id or take.media_stamp != media_stamp(request.clip.media):
        return None
    if not all(_is_by(model, take) for model in models):
        return None
    files = [file for file in (take.with_voices, take.without_voices, take.dialogue) if file.path]
    if not files or not all(_is_whole(Path(request.out_dir), file) for file in files):
        return None
    take.request.CopyFrom(request)
    return take


def _is_by(model: Model, take: pb.Take) -> bool:
    """Whether what the model did for the take, if anything, is what it would do now."""
    labels = [note.model for note in take.steps if note.model.partition(" ")[0] == model.name]
    return all(label == model.label() for label in labels)


def media_stamp(media: pb.Media) -> str:
    """Size and modification time of the media, empty where it cannot be read."""
    try:
        facts = Path(media.path or media.sequence.prefix.rpartition("/")[0]).stat()
    except OSError:
        return ""
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def write(finished: Finished) -> pb.Take:
    """Writes both files and the record. Raises FoleyError E-DISK or E-OUT; nothing half-written is left."""
    clip = finished.clip
    clip.check()
    take = _describe(finished)
    folder = audio_folder(Path(clip.request.out_dir))
    clean, with_voices = naming.file_names(clip.request, clip.request_id)
    coarse, fine = _hold_ceiling(clip, finished.coarse, finished.fine)
    take.notes.extend(clip.notes)
    take.with_voices.CopyFrom(_write_sound(take, folder / with_voices, coarse, "with voices"))
    if fine is not None:
        take.without_voices.CopyFrom(_write_sound(take, folder / clean, fine, "voices removed"))
    clip.check()
    write_record(clip, take)
    return take


def _describe(finished: Finished) -> pb.Take:
    clip = finished.clip
    return pb.Take(
        request=clip.request,
        request_id=clip.request_id,
        verdict=clip.verdict,
        outcome=finished.outcome,
        steps=clip.steps,
        cues=clip.cues,
        plan="\n".join(finished.plan),
        plan_origin=clip.plan_origin,
        terms=clip.terms,
        media_stamp=media_stamp(clip.request.clip.media),
    )


def _hold_ceiling(clip: Journey, coarse: Sound, fine: Sound | None) -> tuple[Sound, Sound | None]:
    """Both versions lowered by one gain where one peaks above the ceiling, so that they still compare."""
    peaks = [loudness.measure_all(sound).true_peak_dbtp for sound in (coarse, fine) if sound is not None]
    over_db = max((peak for peak in peaks if peak is not None), default=ceiling_dbtp) - ceiling_dbtp
    if over_db <= 0:
        return coarse, fine
    clip.notes.append(f"Lowered by {over_db:.1f} dB to stay under {ceiling_dbtp:g} dBTP.")
    gain = np.float32(10 ** (-(over_db + rounding_db) / 20))
    lowered = Sound(coarse.samples * gain, coarse.rate)
    return lowered, lowered if fine is coarse else fine and Sound(fine.samples * gain, fine.rate)


def _write_sound(take: pb.Take, path: Path, sound: Sound, which: str) -> pb.SoundFile:
    request = take.request
    expected = timing.length_n(request.clip)
    if sound.samples.shape != (2, expected):
        raise ValueError(f"a take of {expected} stereo samples was asked for, {sound.samples.shape} came")
    models = _models(take)
    broadcast_wav.write(
        path,
        sound,
        description=f"AI generated Foley, {which}: {request.clip.name} T{request.take}, {request.prompt}",
        originator=originator,
        reference=take.request_id,
        created_s=request.created_s,
        time_reference=timing.time_reference(request.clip),
        coding_history=_coding_history(models, request.seed),
        ixml=broadcast_wav.ixml(request, models=models, terms=take.terms, note=which),
    )
    return pb.SoundFile(
        path=f"{path.parent.name}/{path.name}",
        sha256=sha256_of(path),
        samples=expected,
        sample_rate=sound.rate,
        channels=2,
        time_reference=timing.time_reference(request.clip),
        loudness=loudness.measure(sound),
    )


def _models(take: pb.Take) -> list[str]:
    """What had a part in the sound, in order, once each."""
    heard = (pb.generating, pb.removing, pb.regenerating)
    return list(dict.fromkeys(note.model for note in take.steps if note.step in heard))


def _coding_history(models: Sequence[str], seed: int) -> str:
    """A line a stage (EBU R 98): the models that made it, then the file's own coding."""
    made = f"A=PCM,F=48000,W=32,M=stereo,T=AI generated by {' then '.join(models)}, seed {seed}"
    return f"{made}\r\nA=PCM,F=48000,W=24,M=stereo,T=Foleyline {version}, TPDF dither\r\n"


def audio_folder(out_dir: Path) -> Path:
    """`audio` below the output folder; a link that leads out of it is refused."""
    folder = out_dir / "audio"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FoleyError("E-OUT", folder=out_dir, reason=error.strerror) from error
    if not folder.resolve().is_relative_to(out_dir.resolve()):
        raise FoleyError("E-OUT", folder=folder, reason="it leads out of the output folder")
    return folder


def _record_path(request: pb.GenerateRequest, request_id: str) -> Path:
    return Path(request.out_dir) / ".foleyline" / "takes" / f"{request_id}.json"


def write_record(clip: Journey, take: pb.Take) -> None:
    path = _record_path(clip.request, clip.request_id)
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(
            json_format.MessageToJson(take, preserving_proto_field_name=True, ensure_ascii=False),
            encoding="utf8",
        )
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FoleyError("E-OUT", folder=path.parent, reason=error.strerror) from error


def _is_whole(out_dir: Path, file: pb.SoundFile) -> bool:
    path = out_dir / file.path
    return path.is_file() and sha256_of(path) == file.sha256


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
