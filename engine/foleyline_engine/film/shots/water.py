"""Two stones drop into a pond; each throws up a crown of drops and sends out rings."""

from __future__ import annotations

import math

import numpy as np

from foleyline_engine.film import paint

frames = 72
contacts = (15, 42)

surface_y = 500.0
falls = ((contacts[0], 520.0, 1.0), (contacts[1], 800.0, 1.25))  # frame, x, size
gravity = 2.0  # pixels per frame, each frame
drops_n = 44
across_teeth = np.linspace(-1.2, 1.2, 11)


def backdrop() -> np.ndarray:
    image = paint.wash("#fbd5a7", "#f7b28a")
    paint.disc(image, (940, 250), 88, "#fff0c2")
    for shift, tint in ((0, "#c77d73"), (60, "#9c5c66")):
        ridge = [(x, 330 + shift + 34 * math.sin(x / (97 - shift / 2) + shift)) for x in range(-20, 1320, 20)]
        paint.polygon(image, [*ridge, (1300, 440), (-20, 440)], tint)
    image[420:] = paint.wash("#3e7c8f", "#1f4e66", tall=300)
    for y, x, wide in ((440, 940, 150), (458, 936, 120), (480, 945, 92), (512, 938, 60), (560, 942, 36)):
        paint.ellipse(image, (x, y), (wide, 4), "#f7d9a5")
    for x, lean in ((70, -18), (96, 6), (126, 22), (1180, -14), (1206, 10), (1236, -4)):
        paint.stroke(image, [(x, 720), (x + lean / 2, 610), (x + lean, 520)], 7, "#27443c")
        paint.ellipse(image, (x + lean, 508), (9, 30), "#6b4226")
    return image


def draw(image: np.ndarray, frame: int) -> None:
    for contact, x, size in falls:
        since = frame - contact
        if since < 0:
            _stone(image, x, size, since)
        else:
            _rings(image, x, size, since)
            _crown(image, x, size, since)


def _stone(image: np.ndarray, x: float, size: float, since: int) -> None:
    y = surface_y - 26 * size + since * 30.0 - 0.9 * since**2 * 0.4
    paint.ellipse(image, (x, y), (30 * size, 24 * size), "#4a4e69", since * 11)
    paint.ellipse(image, (x - 8 * size, y - 8 * size), (11 * size, 6 * size), "#7d82a3", since * 11)


def _rings(image: np.ndarray, x: float, size: float, since: int) -> None:
    for order in range(3):
        age = since - 5 * order
        if 0 < age < 34:
            wide = size * (20 + 9.5 * age)
            tint = ("#cdeaf0", "#9fcfdb", "#79b2c4", "#5796ab")[min(3, age // 9)]
            paint.ring(image, (x, surface_y + 6), (wide, wide * 0.2), tint, max(1, 5 - age // 8))


def _crown(image: np.ndarray, x: float, size: float, since: int) -> None:
    if since < 7:
        tall = size * 130 * math.sin(math.pi * (since + 1) / 8)
        wide = size * (44 + 5 * since)
        teeth = [(x + wide * s, surface_y - tall * (0.55 + 0.45 * (i % 2))) for i, s in enumerate(across_teeth)]
        paint.ellipse(image, (x, surface_y + 6), (wide * 0.8, wide * 0.2), "#d8f1f5")
        paint.polygon(image, [(x - wide * 0.8, surface_y + 6), *teeth, (x + wide * 0.8, surface_y + 6)], "#d8f1f5")
    rng = np.random.default_rng(int(x))
    across = rng.normal(0, 4.2, drops_n) * size
    up = rng.uniform(8, 23, drops_n) * size
    radius = rng.uniform(3, 8, drops_n) * size
    ys = surface_y - up * since + gravity / 2 * since**2
    for drop in np.flatnonzero(ys < surface_y):
        paint.disc(
            image, (x + across[drop] * (since + 2), ys[drop]), radius[drop], "#e8f8fa" if drop % 3 else "#b4dfe8"
        )
