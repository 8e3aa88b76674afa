"""Writes Broadcast WAV (EBU Tech 3285, version 2): 24-bit PCM at 48 kHz with bext and iXML."""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from foleyline.errors import FoleyError
from foleyline_engine.media import whole_file
from foleyline_engine.media.ixml_chunk import ixml as ixml
from foleyline_engine.media.loudness import Measure, measure_all
from foleyline_engine.models.exchange import Sound, delivery_rate

full_scale = 1 << 23
bytes_a_sample = 3
largest_riff = (1 << 32) - 1
written_at_once = 1 << 16
not_measured = 0x7FFF


def write(
    path: Path | str,
    sound: Sound,
    *,
    description: str,
    originator: str,
    reference: str,
    created_s: int,
    time_reference: int,
    coding_history: str,
    ixml: str,
) -> None:
    """The sound as the file `path`, whole or not at all; the same arguments give the same bytes.

    created_s: seconds since 1970 UTC. time_reference: samples since midnight. bext holds ASCII only: accents are
    dropped there, iXML keeps the text as it is. Raises ValueError for samples beyond full scale or not finite and
    for a rate other than 48 kHz, E-LONG for what a RIFF file cannot hold, E-DISK and E-OUT where it cannot be written.
    """
    _check_samples(sound)
    begin = head(
        sound.samples.shape,
        measure_all(sound),
        name=Path(path).name,
        description=description,
        originator=originator,
        reference=reference,
        created_s=created_s,
        time_reference=time_reference,
        coding_history=coding_history,
        ixml=ixml,
    )
    whole_file.write(Path(path), _parts(begin, sound.samples, padding_n(sound.samples.shape)))


def head(
    shape: tuple[int, ...],
    loudness: Measure,
    *,
    name: str,
    description: str,
    originator: str,
    reference: str,
    created_s: int,
    time_reference: int,
    coding_history: str,
    ixml: str,
) -> bytes:
    """All that comes before the samples of a file of this shape [channels, n]; as long whatever the loudness is.

    Raises E-LONG for what a RIFF file cannot hold.
    """
    texts = [(description, 256), (originator, 32), (reference, 32)]
    bext = _bext(texts, datetime.fromtimestamp(created_s, UTC), time_reference, loudness, coding_history)
    chunks = _chunk(b"bext", bext) + _chunk(b"iXML", ixml.encode()) + _chunk(b"fmt ", _format(shape[0]))
    data_n = shape[0] * shape[1] * bytes_a_sample
    riff_n = 4 + len(chunks) + 8 + data_n + padding_n(shape)
    if riff_n > largest_riff:
        raise FoleyError("E-LONG", name=name, minutes=f"{shape[1] / delivery_rate / 60:.1f}", limit=248)
    return b"RIFF" + struct.pack("<I", riff_n) + b"WAVE" + chunks + b"data" + struct.pack("<I", data_n)


def padding_n(shape: tuple[int, ...]) -> int:
    """Bytes that follow the samples."""
    return shape[0] * shape[1] * bytes_a_sample % 2


def _check_samples(sound: Sound) -> None:
    if sound.rate != delivery_rate:
        raise ValueError(f"files are written at {delivery_rate} Hz, not at {sound.rate}")
    largest = np.abs(sound.samples).max(initial=0.0)
    if not largest <= 1.0:
        raise ValueError(f"samples beyond full scale: {largest}")


def _parts(begin: bytes, samples: np.ndarray, padding: int) -> Iterator[bytes]:
    yield begin
    yield from _pcm(samples)
    yield bytes(padding)


def _pcm(samples: np.ndarray) -> Iterator[bytes]:
    """Little-endian 24-bit, channels interleaved.

    What already lies on the 24-bit grid is written bit for bit. Everything else gets triangular dither of one step
    to either side, drawn from a generator that the content seeds; digital silence stays digital silence.
    """
    is_exact = _is_on_grid(samples)
    dice = np.random.Generator(np.random.PCG64(_seed(samples)))
    for first in range(0, samples.shape[1], written_at_once):
        steps = samples[:, first : first + written_at_once].T.astype(np.float64) * full_scale
        if not is_exact:
            noise = dice.random(steps.shape) - dice.random(steps.shape)
            steps += np.where(steps == 0, 0.0, noise)
        yield packed(np.clip(np.rint(steps), -full_scale, full_scale - 1))


def packed(steps: np.ndarray) -> bytes:
    """Whole steps of 24 bits [n, channels] as they lie in the file."""
    whole = np.ascontiguousarray(steps.astype("<i4"))
    return whole.view(np.uint8).reshape(-1, 4)[:, :bytes_a_sample].tobytes()


def _is_on_grid(samples: np.ndarray) -> bool:
    for first in range(0, samples.shape[1], written_at_once):
        steps = samples[:, first : first + written_at_once].astype(np.float64) * full_scale
        if not (steps == np.rint(steps)).all():
            return False
    return True


def _seed(samples: np.ndarray) -> int:
    content = hashlib.sha256()
    for channel in samples:
        content.update(np.ascontiguousarray(channel, "<f4").tobytes())
    return int.from_bytes(content.digest()[:16], "little")


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _format(channels: int) -> bytes:
    frame_n = channels * bytes_a_sample
    return struct.pack("<HHIIHH", 1, channels, delivery_rate, delivery_rate * frame_n, frame_n, 8 * bytes_a_sample)


def _bext(
    texts: list[tuple[str, int]], created: datetime, time_reference: int, loudness: Measure, coding_history: str
) -> bytes:
    fields = b"".join(_ascii(text)[:size].ljust(size, b"\0") for text, size in texts)
    date = created.strftime("%Y-%m-%d%H:%M:%S").encode()
    measures = (
        loudness.integrated_lufs,
        loudness.range_lu,
        loudness.true_peak_dbtp,
        loudness.momentary_lufs,
        loudness.short_term_lufs,
    )
    numbers = struct.pack("<QH64x5h180x", time_reference, 2, *(_hundredths(value) for value in measures))
    history = "".join(f"{line}\r\n" for line in coding_history.splitlines())
    return fields + date + numbers + _ascii(history)


def _hundredths(value: float | None) -> int:
    return not_measured if value is None else max(-9999, min(9999, round(value * 100)))


def _ascii(text: str) -> bytes:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).encode("ascii", "replace")
