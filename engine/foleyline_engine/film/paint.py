"""Flat shapes on a picture: anti-aliased, with positions in fractions of a pixel. Colors are "#rrggbb"."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

width, height = 1280, 720
subpixel_bits = 4

Point = tuple[float, float]


@cache
def color(name: str) -> tuple[int, int, int]:
    return int(name[1:3], 16), int(name[3:5], 16), int(name[5:7], 16)


def wash(top: str, bottom: str, wide: int = width, tall: int = height) -> np.ndarray:
    """uint8 [tall, wide, 3]: a picture that runs from one color at the top to another at the bottom."""
    share = np.linspace(0.0, 1.0, tall)[:, None, None]
    column = np.array(color(top)) * (1 - share) + np.array(color(bottom)) * share
    return np.ascontiguousarray(np.broadcast_to(column.round().astype(np.uint8), (tall, wide, 3)))


def ellipse(image: np.ndarray, center: Point, radii: Point, tint: str, tilt_deg: float = 0.0) -> None:
    cv2.ellipse(image, _fixed(center), _fixed(radii), tilt_deg, 0, 360, color(tint), -1, cv2.LINE_AA, subpixel_bits)


def disc(image: np.ndarray, center: Point, radius: float, tint: str) -> None:
    cv2.circle(image, _fixed(center), _fixed((radius, 0))[0], color(tint), -1, cv2.LINE_AA, subpixel_bits)


def ring(image: np.ndarray, center: Point, radii: Point, tint: str, thick: int) -> None:
    cv2.ellipse(image, _fixed(center), _fixed(radii), 0, 0, 360, color(tint), thick, cv2.LINE_AA, subpixel_bits)


def polygon(image: np.ndarray, corners: Sequence[Point] | np.ndarray, tint: str) -> None:
    points = np.round(np.asarray(corners) * 2**subpixel_bits).astype(np.int32)
    cv2.fillPoly(image, [points], color(tint), cv2.LINE_AA, subpixel_bits)


def box(image: np.ndarray, left: float, top: float, right: float, bottom: float, tint: str) -> None:
    polygon(image, [(left, top), (right, top), (right, bottom), (left, bottom)], tint)


def stroke(image: np.ndarray, joints: Sequence[Point], thick: int, tint: str) -> None:
    """A line with round ends and joints."""
    points = np.round(np.asarray(joints) * 2**subpixel_bits).astype(np.int32)
    cv2.polylines(image, [points], False, color(tint), thick, cv2.LINE_AA, subpixel_bits)


def shade(image: np.ndarray, center: Point, radii: Point, strength: float) -> None:
    """Darkens a soft spot; `strength` 0-1 is how much light is lost in its middle."""
    left, right = _clipped(center[0], radii[0], image.shape[1])
    top, bottom = _clipped(center[1], radii[1], image.shape[0])
    if left >= right or top >= bottom:
        return
    across = ((np.arange(left, right, dtype=np.float32) - center[0]) / radii[0]) ** 2
    down = ((np.arange(top, bottom, dtype=np.float32) - center[1]) / radii[1]) ** 2
    fall = np.clip(1 - across[None, :] - down[:, None], 0, 1) ** 2
    spot = image[top:bottom, left:right]
    np.multiply(spot, (1 - strength * fall)[..., None], out=spot, casting="unsafe")


def _fixed(point: Point) -> tuple[int, int]:
    return round(point[0] * 2**subpixel_bits), round(point[1] * 2**subpixel_bits)


def _clipped(middle: float, reach: float, limit: int) -> tuple[int, int]:
    return max(0, int(middle - reach)), min(limit, int(middle + reach) + 1)
