"""A decoded picture as one for the screen: upright, in square pixels, fitted into a box."""

from __future__ import annotations

import struct

from av import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from PyQt6.QtGui import QImage, QTransform

unspecified = 2
full_range_formats = ("yuvj", "rgb", "bgr", "gbr", "argb", "abgr", "pal8", "gray")


class Framing:
    """Converts the pictures of one film. box: width and height in device pixels that none exceeds."""

    def __init__(self, box: tuple[int, int]) -> None:
        self.box = box
        self._reformatter = VideoReformatter()

    def image(self, frame: VideoFrame, aspect: float) -> QImage:
        """aspect: width of a pixel over its height. Pictures are made smaller, never larger."""
        turn = _upright(frame)
        box = self.box if turn.m11() else (self.box[1], self.box[0])
        width, height = _fitted(frame.width * aspect, frame.height, box)
        scaled = self._reformatter.reformat(
            frame,
            width,
            height,
            "rgb24",
            src_colorspace=_colorspace(frame),
            src_color_range=_color_range(frame),
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.BILINEAR,
            threads=1,
        )
        plane = scaled.planes[0]
        image = QImage(bytes(plane), width, height, plane.line_size, QImage.Format.Format_RGB888)
        return image.copy() if turn.isIdentity() else image.transformed(turn)


def _fitted(width: float, height: float, box: tuple[int, int]) -> tuple[int, int]:
    factor = min(1.0, box[0] / width, box[1] / height)
    return max(1, round(width * factor)), max(1, round(height * factor))


def _upright(frame: VideoFrame) -> QTransform:
    """How the picture is turned and mirrored to stand upright, in quarter turns."""
    try:
        matrix = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:
        # PyAV 18.1 lists no side data at all where one piece is newer than it is, as in pictures with Exif.
        return QTransform().rotate(-round(frame.rotation / 90) * 90)
    if not matrix:
        return QTransform()
    a, b, _, c, d = struct.unpack_from("=5i", memoryview(matrix))
    return QTransform(_sign(a, b), _sign(b, a), _sign(c, d), _sign(d, c), 0, 0)


def _sign(entry: int, other: int) -> int:
    return 0 if abs(entry) < abs(other) else (entry > 0) - (entry < 0)


def _colorspace(frame: VideoFrame) -> int:
    # Untagged material is HD's matrix from 720 lines up, by the convention of players and editors.
    if frame.colorspace != unspecified:
        return frame.colorspace
    return Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601


def _color_range(frame: VideoFrame) -> int:
    if frame.color_range in (ColorRange.MPEG, ColorRange.JPEG):
        return frame.color_range
    return ColorRange.JPEG if frame.format.name.startswith(full_range_formats) else ColorRange.MPEG
