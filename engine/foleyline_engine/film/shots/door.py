"""A door is blown shut, and the picture beside it falls off its nail."""

from __future__ import annotations

import math

import numpy as np

from foleyline_engine.film import paint

frames = 60
contacts = (32, 49)

left, right, top, bottom = 300.0, 560.0, 130.0, 596.0
open_deg = 80.0
hung_y, floor_y = 260.0, 596.0
loose = 37  # frame on which the nail gives way


def backdrop() -> np.ndarray:
    image = paint.wash("#84a59d", "#7a9c94")
    for x in range(0, 1280, 80):
        paint.box(image, x, 0, x + 40, 596, "#8eafa6")
    paint.box(image, 0, 560, paint.width, 596, "#f7ede2")
    paint.box(image, 0, 596, paint.width, paint.height, "#9c6644")
    paint.box(image, 0, 596, paint.width, 602, "#7f5539")
    paint.box(image, left - 30, top - 30, right + 30, bottom, "#f7ede2")
    paint.box(image, left, top, right, bottom, "#3a3d5c")
    paint.box(image, left + 40, top + 60, right - 70, top + 220, "#f6bd60")
    paint.box(image, left, bottom - 60, right, bottom, "#2c2e47")
    paint.box(image, 1010, 430, 1190, 446, "#7f5539")
    for x in (1030, 1160):
        paint.box(image, x, 446, x + 12, 610, "#7f5539")
    paint.disc(image, (1100, 372), 40, "#f28482")
    paint.box(image, 1072, 380, 1128, 430, "#f5cac3")
    return image


def draw(image: np.ndarray, frame: int) -> None:
    angle = math.radians(_angle_deg(frame))
    jolt = _jolt(frame)
    _light(image, angle)
    _leaf(image, angle, jolt)
    _picture(image, frame, jolt)


def _angle_deg(frame: int) -> float:
    """How far the door stands open; it gathers speed until it meets the frame."""
    share = max(0.0, (frame - 6) / (contacts[0] - 6))
    return open_deg * (1 - share**2.2) if frame < contacts[0] else 0.0


def _jolt(frame: int) -> float:
    since = frame - contacts[0]
    return 7 * math.cos(math.pi * since) * math.exp(-since / 2.2) if 0 <= since < 9 else 0.0


def _light(image: np.ndarray, angle: float) -> None:
    gap = (right - left) * (1 - math.cos(angle))
    if gap > 4:
        paint.polygon(
            image, [(right - gap, 602), (right, 602), (right + gap * 0.7, 720), (right - gap * 1.5, 720)], "#c08552"
        )


def _leaf(image: np.ndarray, angle: float, jolt: float) -> None:
    """The door turns on its left edge, its right one coming towards the camera."""
    edge = left + (right - left) * math.cos(angle)
    near = 0.24 * math.sin(angle)
    upper, lower = top - 200 * near, bottom + 330 * near

    def corner(x: float, y: float) -> paint.Point:
        share_y = upper + (lower - upper) * y
        return left + (edge - left) * x + jolt * x, (top + (bottom - top) * y) * (1 - x) + share_y * x

    def panel(x0: float, y0: float, x1: float, y1: float, tint: str) -> None:
        paint.polygon(image, [corner(x0, y0), corner(x1, y0), corner(x1, y1), corner(x0, y1)], tint)

    panel(0, 0, 1, 1, "#b5473c" if angle < 0.6 else "#a23f36")
    for y0, y1 in ((0.07, 0.45), (0.53, 0.93)):
        panel(0.13, y0, 0.87, y1, "#913429")
        panel(0.17, y0 + 0.02, 0.83, y1 - 0.02, "#c65a4e")
    paint.disc(image, corner(0.93, 0.49), 12, "#f6bd60")


def _picture(image: np.ndarray, frame: int, jolt: float) -> None:
    x, tall, wide = 780.0, 150.0, 190.0
    down, tilt = 0.0, jolt * 0.5
    if frame >= loose:
        share = min(1.0, (frame - loose) / (contacts[1] - loose))
        down, tilt = (floor_y - tall / 2 - hung_y) * share**2, 10 * math.sin(math.pi * share)
    since = frame - contacts[1]
    if since > 0:
        tilt = 5 * math.sin(since * 1.3) * math.exp(-since / 2.5)
        down -= 12 * abs(math.sin(since * 0.9)) * math.exp(-since / 2.0)
    paint.disc(image, (x, hung_y - tall / 2 - 6), 5, "#4a4e69")
    paint.shade(image, (x, floor_y + 8), (120, 14), 0.45 if down > 200 else 0.0)
    _framed(image, (x, hung_y + down), (wide, tall), tilt)
    if 0 <= since < 5:
        for side in (-1, 1):
            paint.disc(image, (x + side * (105 + 9 * since), floor_y - 6 - 4 * since), 9 - 1.6 * since, "#d5bdaf")


def _framed(image: np.ndarray, center: paint.Point, size: paint.Point, tilt_deg: float) -> None:
    turn = np.radians(tilt_deg)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    def lay(points: list[paint.Point], tint: str) -> None:
        paint.polygon(image, np.array(points) * np.array(size) @ axes + np.array(center), tint)

    lay([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)], "#5e503f")
    lay([(-0.43, -0.41), (0.43, -0.41), (0.43, 0.41), (-0.43, 0.41)], "#cfe8ef")
    lay(
        [(-0.43, 0.41), (-0.43, 0.15), (-0.15, -0.18), (0.08, 0.1), (0.22, -0.05), (0.43, 0.2), (0.43, 0.41)], "#52796f"
    )
