"""A decoded frame of any size, depth and orientation to the small picture a view asks for."""

from __future__ import annotations

import struct

import numpy as np
from av import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from foleyline_engine.models.exchange import View

unspecified_colorspace = 2
turns = {0: (1, 0, 0, 1), 90: (0, -1, 1, 0), 180: (-1, 0, 0, -1), 270: (0, 1, -1, 0)}
full_range_formats = ("yuvj", "rgb", "bgr", "gbr", "argb", "abgr", "pal8", "gray")


class Orientation:
    """How the picture is turned and mirrored to stand upright, from the frame's display matrix."""

    def __init__(self, frame: VideoFrame) -> None:
        a, b, c, d = _matrix(frame)
        self.is_turned = abs(b) > abs(a)
        self.mirrors_x = (c if self.is_turned else a) < 0
        self.mirrors_y = (b if self.is_turned else d) < 0

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Turns a size upright, and an upright size back."""
        return (height, width) if self.is_turned else (width, height)

    def upright(self, pixels: np.ndarray) -> np.ndarray:
        pixels = pixels.swapaxes(0, 1) if self.is_turned else pixels
        pixels = pixels[:, ::-1] if self.mirrors_x else pixels
        return pixels[::-1] if self.mirrors_y else pixels


def _matrix(frame: VideoFrame) -> tuple[int, int, int, int]:
    """a, b, c, d of the display matrix: x' = ax + cy, y' = bx + dy."""
    try:
        matrix = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:
        # PyAV 18.1 lists no side data at all where one piece is newer than it is, as in pictures with Exif.
        return turns[round(frame.rotation / 90) * 90 % 360]
    if not matrix:
        return turns[0]
    a, b, _, c, d = struct.unpack_from("=5i", memoryview(matrix))
    return a, b, c, d


class Scaler:
    """Scales the frames of one stream for one view. `size` is width and height of what comes out."""

    def __init__(self, view: View, first: VideoFrame, pixel_aspect: float) -> None:
        self.view = view
        self.orientation = Orientation(first)
        width, height = self.orientation.size(first.width, first.height)
        aspect = 1 / pixel_aspect if self.orientation.is_turned else pixel_aspect
        self.covering = _covering(view, width * aspect, height)
        self.size = (view.width, view.height) if view.fit == "crop" else self.covering
        self.reformatter = VideoReformatter()

    @property
    def shape(self) -> tuple[int, ...]:
        width, height = self.size
        return (height, width) if self.view.colour == "gray" else (height, width, 3)

    def scale(self, frame: VideoFrame) -> np.ndarray:
        """uint8, [height, width] or [height, width, 3], full range, upright."""
        width, height = self.orientation.size(*self.covering)
        scaled = self.reformatter.reformat(
            frame,
            width,
            height,
            "gray" if self.view.colour == "gray" else "rgb24",
            src_colorspace=_colorspace(frame),
            interpolation=Interpolation.AREA,
            src_color_range=_color_range(frame),
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        return self._cut(self.orientation.upright(scaled.to_ndarray()))

    def _cut(self, pixels: np.ndarray) -> np.ndarray:
        width, height = self.size
        left, top = (pixels.shape[1] - width) // 2, (pixels.shape[0] - height) // 2
        return pixels[top : top + height, left : left + width]


def _covering(view: View, width: float, height: float) -> tuple[int, int]:
    if view.fit == "stretch":
        return view.width, view.height
    if view.fit == "crop":
        factor = max(view.width / width, view.height / height)
        return max(view.width, round(width * factor)), max(view.height, round(height * factor))
    factor = min(view.width / width, view.height / height)
    return max(1, round(width * factor)), max(1, round(height * factor))


def _colorspace(frame: VideoFrame) -> int:
    # Untagged material is HD's matrix from 720 lines up, by the convention of players and editors.
    if frame.colorspace != unspecified_colorspace:
        return frame.colorspace
    return Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601


def _color_range(frame: VideoFrame) -> int:
    if frame.color_range in (ColorRange.MPEG, ColorRange.JPEG):
        return frame.color_range
    return ColorRange.JPEG if frame.format.name.startswith(full_range_formats) else ColorRange.MPEG
