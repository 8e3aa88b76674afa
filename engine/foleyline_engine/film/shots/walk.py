"""Somebody walks along a street; each foot stands still from the frame it lands on until it is lifted."""

from __future__ import annotations

import math

import numpy as np

from foleyline_engine.film import paint

frames = 84
step_n = 12  # frames from one foot's landing to the other's
contacts = tuple(range(6, frames, step_n))

ground_y = 612.0
stride = 118.0  # pixels from one foot's landing to the other's
thigh, shin = 96.0, 98.0
start_x = 150.0


def backdrop() -> np.ndarray:
    image = paint.wash("#bfe3e6", "#f3efd8")
    paint.disc(image, (1030, 150), 62, "#ffe9a8")
    for left, top, right, tint in (
        (-20, 250, 210, "#8fb6b9"),
        (200, 180, 400, "#7da7ad"),
        (390, 290, 640, "#98bfbf"),
        (630, 210, 860, "#86afb3"),
        (850, 300, 1060, "#9cc3c1"),
        (1050, 230, 1300, "#7fa9ae"),
    ):
        paint.box(image, left, top, right, 560, tint)
        for x in range(left + 36, right - 40, 58):
            for y in range(top + 34, 500, 66):
                paint.box(image, x, y, x + 26, y + 36, "#d9efe6" if (x + y) % 3 else "#f7d98b")
    paint.box(image, 0, 552, paint.width, paint.height, "#c9b79c")
    paint.box(image, 0, 552, paint.width, 562, "#a8967c")
    paint.box(image, 0, 662, paint.width, paint.height, "#6d6875")
    paint.box(image, 0, 662, paint.width, 674, "#b5a58c")
    for x in range(-60, 1400, 160):
        paint.stroke(image, [(x, 562), (x - 40, 662)], 2, "#b3a086")
    return image


def draw(image: np.ndarray, frame: int) -> None:
    phase = (frame - contacts[0]) / step_n
    middle = start_x + stride * (phase + 0.5)
    hip = (middle, ground_y - 203 + 5 * math.cos(2 * math.pi * phase))
    neck = (middle + 10, hip[1] - 128)
    swing = math.cos(math.pi * phase)
    paint.shade(image, (middle, ground_y + 8), (96, 15), 0.4)
    _arm(image, neck, -swing, "#c5543f")
    _leg(image, hip, _foot(phase, 1), "#23395b", "#101c30")
    paint.stroke(image, [hip, neck], 54, "#e76f51")
    _head(image, neck)
    _leg(image, hip, _foot(phase, 0), "#2f4b7c", "#1b2a49")
    _arm(image, neck, swing, "#ef8a6b")
    _dust(image, frame)


def _foot(phase: float, side: int) -> tuple[float, float, float]:
    """x, height above the ground and toe's pitch in degrees of a foot; it lands at even or odd phases."""
    landed = math.floor((phase - side) / 2) * 2 + side
    x = start_x + stride * landed + stride
    away = phase - landed - 1  # below 0: standing; 0 to 1: in the air
    if away < 0:
        return x, 0.0, 0.0
    ease = 0.5 - 0.5 * math.cos(math.pi * away)
    return x + 2 * stride * ease, 40 * math.sin(math.pi * away) ** 1.2, 32 * math.cos(math.pi * away)


def _leg(image: np.ndarray, hip: paint.Point, foot: tuple[float, float, float], tint: str, shoe: str) -> None:
    x, lift, pitch_deg = foot
    ankle = (x, ground_y - 16 - lift)
    across, down = ankle[0] - hip[0], ankle[1] - hip[1]
    far = min(math.hypot(across, down), thigh + shin - 0.5)
    bend = math.acos((thigh**2 + far**2 - shin**2) / (2 * thigh * far))
    angle = math.atan2(down, across) - bend
    knee = (hip[0] + thigh * math.cos(angle), hip[1] + thigh * math.sin(angle))
    paint.stroke(image, [hip, knee, ankle], 26, tint)
    pitch = math.radians(pitch_deg)
    toe = (ankle[0] + 36 * math.cos(pitch), ankle[1] + 7 + 36 * math.sin(pitch))
    paint.stroke(image, [(ankle[0] - 4, ankle[1] + 6), toe], 20, shoe)


def _arm(image: np.ndarray, neck: paint.Point, swing: float, tint: str) -> None:
    shoulder = (neck[0], neck[1] + 8)
    elbow = (shoulder[0] + 42 * math.sin(0.7 * swing), shoulder[1] + 64 * math.cos(0.7 * swing))
    hand = (elbow[0] + 58 * math.sin(0.8 * swing + 0.45), elbow[1] + 58 * math.cos(0.8 * swing + 0.45))
    paint.stroke(image, [shoulder, elbow, hand], 22, tint)
    paint.disc(image, hand, 13, "#f2c6a0")


def _head(image: np.ndarray, neck: paint.Point) -> None:
    paint.stroke(image, [neck, (neck[0] + 4, neck[1] - 30)], 22, "#e8b48c")
    center = (neck[0] + 10, neck[1] - 62)
    paint.ellipse(image, (center[0] - 6, center[1] - 6), (40, 42), "#4a2f27")
    paint.ellipse(image, (center[0] + 4, center[1] + 4), (34, 37), "#f2c6a0")
    paint.ellipse(image, (center[0] - 8, center[1] - 24), (34, 19), "#4a2f27", -14)
    paint.disc(image, (center[0] + 22, center[1] + 2), 4, "#3a2a24")
    paint.disc(image, (center[0] - 14, center[1] + 8), 8, "#e8b48c")


def _dust(image: np.ndarray, frame: int) -> None:
    for step, contact in enumerate(contacts):
        since = frame - contact
        if 0 <= since < 5:
            x = start_x + stride * (step + 1)
            for side in (-1, 1):
                paint.disc(image, (x + 14 + side * (26 + 5 * since), ground_y - 3 * since), 10 - 1.8 * since, "#ddcfb4")
