"""A rubber ball drops into a room and bounces away to the right."""

from __future__ import annotations

import numpy as np

from foleyline_engine.film import paint

frames = 84
contacts = (14, 36, 53, 66, 76)

floor_y = 590.0
radius = 46.0
fall = 4.3  # pixels per frame, each frame: the drop starts just under the picture's upper edge
flights = ((-14, 14), *zip(contacts, (*contacts[1:], 86), strict=True))


def backdrop() -> np.ndarray:
    image = paint.wash("#ffe5c4", "#f9cfa8")
    paint.box(image, 150, 90, 480, 350, "#fff6e6")
    paint.box(image, 168, 108, 306, 332, "#a9dbe0")
    paint.box(image, 324, 108, 462, 332, "#b9e4e4")
    paint.polygon(image, [(168, 332), (168, 270), (250, 232), (306, 258), (306, 332)], "#7fbfae")
    paint.polygon(image, [(324, 332), (324, 262), (390, 240), (462, 280), (462, 332)], "#7fbfae")
    paint.box(image, 0, 540, paint.width, paint.height, "#c98a5b")
    for y, tint in ((540, "#a86d43"), (584, "#bb7d50"), (646, "#bb7d50")):
        paint.box(image, 0, y, paint.width, y + (8 if y == 540 else 3), tint)
    for x in range(115, 1280, 210):
        paint.stroke(image, [(x, 548), (x + (x - 640) * 0.22, 720)], 3, "#bb7d50")
    _lamp(image)
    return image


def draw(image: np.ndarray, frame: int) -> None:
    x = 300 + 8.6 * frame
    lift = _lift(frame)
    squash = _squash(frame)
    wide, tall = radius * (1 + 0.26 * squash), radius * (1 - 0.28 * squash)
    spread = 1 + lift / 500
    paint.shade(image, (x, floor_y + 6), (70 * spread, 20 * spread), 0.55 / spread**2)
    y = floor_y - lift - tall
    turn = frame * 9.0
    paint.ellipse(image, (x, y), (wide, tall), "#e4572e")
    paint.ellipse(image, (x, y), (wide * 0.98, tall * 0.3), "#ffd9b0", turn if squash == 0 else 0.0)
    paint.ellipse(image, (x - wide * 0.35, y - tall * 0.42), (wide * 0.2, tall * 0.13), "#ffb28a", -30)


def _lift(frame: int) -> float:
    """How far the ball's lowest point is above the floor, in pixels."""
    begin, end = next(flight for flight in flights if flight[0] <= frame < flight[1])
    return fall / 2 * (frame - begin) * (end - frame)


def _squash(frame: int) -> float:
    """About 1 where it is flattest, below 0 where it is stretched: just before and after it touches."""
    contact = min(contacts, key=lambda each: abs(each - frame))
    speed = {end: end - begin for begin, end in flights}[contact] / 25
    return speed * {0: 1.0, 1: -0.3, -1: -0.6, -2: -0.3}.get(frame - contact, 0.0)


def _lamp(image: np.ndarray) -> None:
    paint.stroke(image, [(1060, 0), (1060, 120)], 5, "#6b4a3a")
    paint.polygon(image, [(1020, 120), (1100, 120), (1140, 190), (980, 190)], "#3d6b73")
    paint.ellipse(image, (1060, 190), (80, 12), "#fff1c9")
