"""A mallet on a pivot drives a peg into a block, three strokes."""

from __future__ import annotations

import math

import numpy as np

from foleyline_engine.film import paint

frames = 76
contacts = (18, 40, 62)

pivot = (905.0, 400.0)
reach = 360.0
raised_deg = 62.0
fall_n = 5  # frames from the raised position to the peg
peg_x = pivot[0] - reach
block_top = 520.0
peg_heights = (74.0, 52.0, 31.0, 12.0)


def backdrop() -> np.ndarray:
    image = paint.wash("#274156", "#35607a")
    paint.box(image, 50, 74, 1230, 86, "#1e3446")
    for x, tall in ((90, 90), (140, 130), (330, 110), (560, 80), (820, 120), (1050, 95)):
        paint.stroke(image, [(x, 84), (x, 84 + tall)], 10, "#9fb8c4")
        paint.box(image, x - 16, 84 + tall, x + 16, 84 + tall + 34, "#e0a458")
    paint.box(image, 0, 610, paint.width, paint.height, "#7a4e2d")
    paint.box(image, 0, 610, paint.width, 624, "#a06a3d")
    paint.box(image, 430, block_top, 680, 612, "#d9a066")
    paint.box(image, 430, block_top, 680, block_top + 16, "#efc08a")
    for radius in (30, 20, 10):
        paint.ring(image, (640, 570), (radius * 0.7, radius), "#b87f48", 3)
    paint.box(image, 880, 400, 930, 612, "#5b3a22")
    paint.box(image, 860, 590, 950, 612, "#472c19")
    return image


def draw(image: np.ndarray, frame: int) -> None:
    driven = sum(frame > contact for contact in contacts)
    top = block_top - peg_heights[driven]
    paint.shade(image, (peg_x, block_top + 8), (90, 14), 0.4)
    paint.box(image, peg_x - 15, top, peg_x + 15, block_top + 4, "#f4e3c1")
    paint.box(image, peg_x - 20, top, peg_x + 20, top + 10, "#fff3d8")
    _mallet(image, _angle_deg(frame))
    since = min((frame - contact for contact in contacts if frame >= contact), default=99)
    if since < 4:
        _burst(image, (peg_x, top), since)


def _angle_deg(frame: int) -> float:
    """The handle's angle above the one at which the head lies on the peg as it is now."""
    upcoming = next((contact for contact in contacts if contact >= frame), None)
    driven = sum(frame > contact for contact in contacts)
    rest = math.degrees(math.asin((block_top - peg_heights[driven] - 62 - pivot[1]) / reach))
    swing = 0.0
    if upcoming is not None:
        left = upcoming - frame
        swing = 1 - (1 - left / fall_n) ** 2 if left < fall_n else _raise(left)
    elif frame > contacts[-1]:
        swing = 0.16 * math.sin(math.pi * min(1.0, (frame - contacts[-1]) / 9))
    return raised_deg * swing - rest


def _raise(left: int) -> float:
    """Share of the way up with `left` frames to go until the next stroke lands."""
    share = min(1.0, max(0.0, (left - fall_n) / (22 - fall_n - 1)))
    return 0.5 + 0.5 * math.cos(math.pi * share)


def _mallet(image: np.ndarray, angle_deg: float) -> None:
    angle = math.radians(angle_deg)
    along = np.array([-math.cos(angle), -math.sin(angle)])
    across = np.array([math.sin(angle), -math.cos(angle)])
    grip, head = np.array(pivot), np.array(pivot) + reach * along
    paint.stroke(image, [tuple(grip), tuple(head)], 20, "#c58b56")
    corners = [head + a * along + b * across for a, b in ((-46, 62), (46, 62), (46, -62), (-46, -62))]
    paint.polygon(image, np.array(corners), "#c8553d")
    face = [head + a * along + b * across for a, b in ((-46, -44), (46, -44), (46, -62), (-46, -62))]
    paint.polygon(image, np.array(face), "#8f3524")
    paint.disc(image, pivot, 22, "#f2d0a4")
    paint.disc(image, pivot, 9, "#8a5a33")


def _burst(image: np.ndarray, center: paint.Point, since: int) -> None:
    for spoke in range(-3, 4):
        if spoke == 0:
            continue
        angle = math.radians(90 - spoke * 24 - (8 if spoke > 0 else -8))
        near, far = 66 + 16 * since, 96 + 22 * since
        ends = [(center[0] + r * math.cos(angle), center[1] - r * math.sin(angle) * 0.8) for r in (near, far)]
        paint.stroke(image, ends, 6 - since, "#ffe29a")
