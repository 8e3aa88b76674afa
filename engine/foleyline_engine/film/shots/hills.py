"""The camera pans over hills with a windmill; a narrator speaks, nobody is in the picture."""

from __future__ import annotations

import math

import cv2
import numpy as np

from foleyline_engine.film import paint

frames = 120
contacts: tuple[int, ...] = ()

travel = 520.0
wide = paint.width + int(travel) + 8
mill = (1010.0, 296.0)


def backdrop() -> np.ndarray:
    """The whole panorama, uint8 [720, wide, 3]."""
    image = paint.wash("#8ecae6", "#fdf0d5", wide=wide)
    for x, y, size in ((240, 130, 1.0), (760, 90, 1.3), (1290, 150, 0.9), (1650, 100, 1.1)):
        for across, radius in ((-60, 30), (-20, 44), (30, 38), (70, 26)):
            paint.disc(image, (x + across * size, y), radius * size, "#ffffff")
        paint.box(image, x - 90 * size, y, x + 96 * size, y + 28 * size, "#ffffff")
    for base, swell, length, tint in (
        (400, 60, 230.0, "#a7c4a0"),
        (470, 50, 170.0, "#84a98c"),
        (560, 44, 300.0, "#588157"),
    ):
        ridge = [(x, base + swell * math.sin(x / length + base)) for x in range(-20, wide + 40, 20)]
        paint.polygon(image, [*ridge, (wide + 20, 720), (-20, 720)], tint)
        if base == 470:
            _tower(image)
    for x, y in ((120, 590), (330, 560), (560, 610), (1240, 600), (1500, 570), (1720, 590)):
        _tree(image, x, y)
    return image


def draw(image: np.ndarray, frame: int) -> None:
    """Draws into the panorama; `view` then shows what the camera sees of it."""
    for blade in range(4):
        angle = math.radians(frame * 4.5 + 90 * blade)
        tip = (mill[0] + 128 * math.cos(angle), mill[1] + 128 * math.sin(angle))
        paint.stroke(image, [mill, tip], 5, "#6b4f3a")
        side = np.array([-math.sin(angle), math.cos(angle)])
        out = np.array([math.cos(angle), math.sin(angle)])
        sail = [np.array(mill) + out * r + side * w for r, w in ((30, 2), (126, 2), (126, 24), (30, 24))]
        paint.polygon(image, np.array(sail), "#fefae0")
    paint.disc(image, mill, 12, "#6b4f3a")


def view(image: np.ndarray, frame: int) -> np.ndarray:
    share = frame / (frames - 1)
    shift = travel * (0.5 - 0.5 * math.cos(math.pi * share))
    move = np.array([[1, 0, -shift], [0, 1, 0]], np.float32)
    return cv2.warpAffine(image, move, (paint.width, paint.height), flags=cv2.INTER_LINEAR)


def _tower(image: np.ndarray) -> None:
    x, y = mill
    paint.polygon(image, [(x - 34, y), (x + 34, y), (x + 54, y + 220), (x - 54, y + 220)], "#e9d8a6")
    paint.polygon(image, [(x + 6, y), (x + 34, y), (x + 54, y + 220), (x + 14, y + 220)], "#d4bf87")
    paint.polygon(image, [(x - 42, y + 4), (x, y - 44), (x + 42, y + 4)], "#bc4749")
    paint.box(image, x - 14, y + 60, x + 10, y + 92, "#6b4f3a")


def _tree(image: np.ndarray, x: float, y: float) -> None:
    paint.box(image, x - 8, y - 20, x + 8, y + 50, "#6b4f3a")
    for across, up, radius, tint in ((0, 70, 58, "#386641"), (-24, 44, 40, "#386641"), (14, 86, 36, "#4f8a5b")):
        paint.disc(image, (x + across, y - up), radius, tint)
