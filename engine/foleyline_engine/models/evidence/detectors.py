"""OpenCV's bundled detectors, each detection checked once more on its own mirrored, enlarged cut-out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import cv2.data
import numpy as np

from foleyline.errors import FoleyError

Box = tuple[float, float, float, float]
"""x, y, width, height."""

frontal_width = 320
profile_width = 256
frontal_step = 1.2
profile_step = 1.25
smallest_face = 24
smallest_profile = 22
largest_share = 0.95
hint_neighbors = 1
enough_neighbors = 6
second_neighbors = 3
second_face = 60
margin = 0.5
figure_step = 1.07
figure_stride = (8, 8)
figure_window = (64, 128)
enough_weight = 0.5
figure_margin = 0.25
second_figure = 1.15
second_figure_step = 1.05
second_threshold = -0.3


@dataclass(frozen=True)
class Finding:
    """box in pixels; strength: 1 and more for a detection, less for a mere hint that is worth a closer look."""

    box: Box
    strength: float


class Detectors(threading.local):
    """One set a thread (a cascade is not safe to share), loaded when first used."""

    @cached_property
    def _frontal(self) -> cv2.CascadeClassifier:
        return _cascade("haarcascade_frontalface_alt2.xml")

    @cached_property
    def _profile(self) -> cv2.CascadeClassifier:
        return _cascade("haarcascade_profileface.xml")

    @cached_property
    def _people(self) -> cv2.HOGDescriptor:
        people = cv2.HOGDescriptor()
        people.setSVMDetector(np.asarray(cv2.HOGDescriptor.getDefaultPeopleDetector(), dtype=np.float32))
        return people

    def frontal(self, picture: np.ndarray) -> list[Finding]:
        """Faces that look into the camera. picture: uint8 [height, width]."""
        found = _find(self._frontal, picture, frontal_width, smallest_face, frontal_step)
        return [face for face in found if self._is_face_again(self._frontal, picture, face.box)]

    def profile(self, picture: np.ndarray, is_mirrored: bool) -> list[Finding]:
        """Faces turned to one side, or to the other where `is_mirrored`."""
        seen = cv2.flip(picture, 1) if is_mirrored else picture
        found = _find(self._profile, seen, profile_width, smallest_profile, profile_step)
        kept = [face for face in found if self._is_face_again(self._profile, seen, face.box, flip=False)]
        return [_mirrored(face, picture.shape[1]) for face in kept] if is_mirrored else kept

    def figures(self, picture: np.ndarray) -> list[Finding]:
        """Upright people, seen whole or nearly so; at least about 128 pixels tall."""
        if picture.shape[0] < figure_window[1] or picture.shape[1] < figure_window[0]:
            return []
        boxes, weights = self._people.detectMultiScale(picture, winStride=figure_stride, scale=figure_step)
        found = [
            Finding(_plain(box), float(weight) / enough_weight)
            for box, weight in zip(boxes, np.ravel(weights), strict=True)
        ]
        return [figure for figure in found if self._is_figure_again(picture, figure.box)]

    def _is_face_again(self, cascade: cv2.CascadeClassifier, picture: np.ndarray, box: Box, flip: bool = True) -> bool:
        cut = _cut(picture, box, margin)
        cut = cv2.flip(cut, 1) if flip else cut
        scale = second_face / max(box[2], 1.0)
        large = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        size = round(second_face * 0.7)
        return len(cascade.detectMultiScale(large, 1.1, second_neighbors, 0, (size, size))) > 0

    def _is_figure_again(self, picture: np.ndarray, box: Box) -> bool:
        cut = cv2.flip(_cut(picture, box, figure_margin), 1)
        width, height = figure_window
        scale = max(second_figure, 1.02 * height / cut.shape[0], 1.02 * width / cut.shape[1])
        large = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        boxes, _ = self._people.detectMultiScale(
            large, hitThreshold=second_threshold, winStride=figure_stride, scale=second_figure_step
        )
        return len(boxes) > 0


detectors = Detectors()


def _cascade(name: str) -> cv2.CascadeClassifier:
    path = Path(cv2.data.haarcascades) / name
    cascade = cv2.CascadeClassifier(str(path)) if path.is_file() else None
    if cascade is None or cascade.empty():
        raise FoleyError("E-INSTALL", part="opencv-python-headless", file=name)
    return cascade


def _find(cascade: cv2.CascadeClassifier, picture: np.ndarray, width: int, smallest: int, step: float) -> list[Finding]:
    scale = min(width / max(picture.shape), 1.0)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    largest = round(largest_share * min(small.shape))
    boxes, counts = cascade.detectMultiScale2(small, step, hint_neighbors, 0, (smallest, smallest), (largest, largest))
    return [
        Finding(_plain([side / scale for side in box]), float(count) / enough_neighbors)
        for box, count in zip(boxes, np.ravel(counts), strict=True)
    ]


def _mirrored(face: Finding, width: int) -> Finding:
    x, y, w, h = face.box
    return Finding((width - x - w, y, w, h), face.strength)


def _plain(box: Sequence[float]) -> Box:
    x, y, w, h = (float(side) for side in box)
    return x, y, w, h


def _cut(picture: np.ndarray, box: Box, around: float) -> np.ndarray:
    x, y, w, h = box
    height, width = picture.shape
    left, top = max(round(x - around * w), 0), max(round(y - around * h), 0)
    right, bottom = min(round(x + w + around * w), width), min(round(y + h + around * h), height)
    return picture[top:bottom, left:right]
