"""Where a clip's pictures lie on this machine: a timeline's many ways of writing a path, and image sequences."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import opentimelineio as otio

from foleyline.errors import FoleyError
from foleyline.timing import round_half_up
from foleyline.v1 import engine_pb2 as pb

from .nesting import seconds
from .timing import rate_of

still_suffixes = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".exr", ".dpx", ".tga", ".psd"}

windows_drive = re.compile(r"/?[A-Za-z]:[\\/]")
scheme = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def paths_of(url: str, folder: Path) -> list[str]:
    """Where a media reference may point, the likeliest first; relative ones start from the timeline's folder.

    Programs write plain paths, file: URLs with and without %20, with and without a host. Anything that is not a
    file on this machine (http:, s3:) gives nothing: media are never fetched.
    """
    if url.lower().startswith("file:"):
        raw = _path_in(url[len("file:") :])
    elif windows_drive.match(url) or not scheme.match(url):
        raw = url
    else:
        return []
    written = [unquote(raw), raw] if url.lower().startswith("file:") else [raw, unquote(raw)]
    if not windows_drive.match(raw):
        written.append(raw.replace("\\", "/"))
    return list(dict.fromkeys(_absolute(path, folder) for path in written if path))


def _path_in(rest: str) -> str:
    if not rest.startswith("//"):
        return rest
    host, slash, path = rest[2:].partition("/")
    if re.fullmatch(r"[A-Za-z]:", host) or host in (".", ".."):
        return host + slash + path
    path = slash + path
    if windows_drive.match(path):
        path = path[1:]
    return path if host in ("", "localhost") else f"//{host}{path}"


def _absolute(path: str, folder: Path) -> str:
    return path if windows_drive.match(path) else str(folder / path)


class Finder:
    """Finds media, asking the disk once for each path."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow links
        self._known: dict[str, bool] = {}

    def find(self, clip: otio.schema.Clip) -> tuple[otio.core.MediaReference, pb.Media]:
        """The reference that is used, the active one if its file is there, and where it points.

        Raises FoleyError E-MEDIA, E-GENERATOR, E-LENGTH or E-RATE, with the name of what is not there.
        """
        problem = None
        for reference in _references(clip):
            try:
                return reference, self._locate(reference, clip)
            except FoleyError as error:
                problem = problem or error
        raise problem or FoleyError("E-MEDIA", name=clip.name)

    def _locate(self, reference: otio.core.MediaReference, clip: otio.schema.Clip) -> pb.Media:
        if isinstance(reference, otio.schema.GeneratorReference):
            raise FoleyError("E-GENERATOR", name=clip.name)
        if isinstance(reference, otio.schema.ImageSequenceReference):
            return pb.Media(sequence=self._sequence(reference, clip))
        if not isinstance(reference, otio.schema.ExternalReference):
            raise FoleyError("E-MEDIA", name=clip.name)
        return pb.Media(path=self._existing(reference.target_url, clip))

    def _existing(self, url: str, clip: otio.schema.Clip) -> str:
        paths = paths_of(url, self._folder)
        for path in paths:
            if self._is_there(path):
                return path
        raise FoleyError("E-MEDIA", name=_last_part(paths[0] if paths else url) or clip.name)

    def _is_there(self, path: str) -> bool:
        if path not in self._known:
            # os.path.isfile answers False where Path.is_file raises: names that are too long or hold a NUL.
            self._known[path] = os.path.isfile(path)  # noqa: PTH113
        return self._known[path]

    def _sequence(self, reference: otio.schema.ImageSequenceReference, clip: otio.schema.Clip) -> pb.ImageSequence:
        known = reference.available_range
        rate = rate_of(reference.rate)
        count = 0 if known is None else round_half_up(seconds(known)[1] * rate)
        if not 0 < count < 2**31:
            raise FoleyError("E-LENGTH", name=clip.name)
        sequence = pb.ImageSequence(
            suffix=reference.name_suffix,
            padding=reference.frame_zero_padding,
            first_number=reference.start_frame,
            step=reference.frame_step,
            count=count,
            rate_num=rate.numerator,
            rate_den=rate.denominator,
        )
        first = number_text(sequence, sequence.first_number) + sequence.suffix
        base = reference.target_url_base
        url = base + ("" if base.endswith(("/", "\\")) or not base else "/") + reference.name_prefix + first
        sequence.prefix = self._existing(url, clip).removesuffix(first)
        return sequence


def number_text(sequence: pb.ImageSequence, number: int) -> str:
    sign = "-" if number < 0 else ""
    return sign + str(abs(number)).zfill(sequence.padding)


def is_still(media: pb.Media) -> bool:
    return Path(media.path).suffix.lower() in still_suffixes


def _references(clip: otio.schema.Clip) -> Iterator[otio.core.MediaReference]:
    active = clip.media_reference
    if active is not None:
        yield active
    for key, reference in clip.media_references().items():
        if key != clip.active_media_reference_key:
            yield reference


def _last_part(path: str) -> str:
    return re.split(r"[\\/]", path)[-1]
