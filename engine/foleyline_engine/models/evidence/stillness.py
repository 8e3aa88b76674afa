"""Whether something stays where it is against the rest of the picture, as posts, doors and drawings do."""

from __future__ import annotations

import cv2
import numpy as np

from .detectors import Box

thumbnail = (60, 34)
same_within = 2
blur = 2.0
changed_share = 2.0
still_within = 8.0
clear_shift = 0.15
fading = 12.0
smoothing = 5
closer_steps = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-4)


def is_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Do two pictures (uint8 [height, width], of one size) hardly differ, noise apart?"""
    small, other_small = (cv2.resize(picture, thumbnail, interpolation=cv2.INTER_AREA) for picture in (one, other))
    return int(cv2.absdiff(small, other_small).max()) <= same_within


def has_moved(before: np.ndarray, after: np.ndarray, box: Box) -> bool:
    """Did what is in the box (shares of width and height, in `before`) change, the camera's shift taken out?

    At least two percent of the box must differ by more than 8 of 255 levels, after a blur that takes noise away.
    """
    if not _differs(before, after, box):
        return False
    aligned = _aligned(before, after, box)
    return aligned is None or _differs(before, aligned, box)


def _aligned(before: np.ndarray, after: np.ndarray, box: Box) -> np.ndarray | None:
    """`after` shifted onto `before` by what lies outside of the box; None where no clear shift is found there."""
    height, width = before.shape
    rough, clearness = _rough_shift(before, after, box)
    if clearness < clear_shift:
        return None
    around = np.full((height, width), 255, np.uint8)
    _cut(around, box)[:] = 0
    start = np.array([[1, 0, rough[0]], [0, 1, rough[1]]], np.float32)
    motion = cv2.MOTION_TRANSLATION
    try:
        _, shift = cv2.findTransformECC(before, after, start, motion, closer_steps, around, smoothing)
    except cv2.error:
        # It says so this way where the pictures have nothing in common, or nothing to hold on to.
        return None
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(after, shift, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _rough_shift(before: np.ndarray, after: np.ndarray, box: Box) -> tuple[tuple[float, float], float]:
    """By phase correlation at half size: pixels right and down, and how clear it is (0-1).

    The box fades out: a person alone before a plain wall must not pass for the camera's shift.
    """
    height, width = before.shape
    weight = np.ones((height, width), np.float32)
    _cut(weight, box)[:] = 0
    weight = cv2.GaussianBlur(weight, (0, 0), fading) * cv2.createHanningWindow((width, height), cv2.CV_32F)
    pair = []
    for picture in (before, after):
        level = picture.astype(np.float32) - float(np.average(picture, weights=weight))
        pair.append(cv2.resize(level * weight, (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    (right, down), clearness = cv2.phaseCorrelate(pair[0], pair[1])
    return (2 * right, 2 * down), clearness


def _differs(before: np.ndarray, after: np.ndarray, box: Box) -> bool:
    cut, other = (cv2.GaussianBlur(_cut(picture, box), (0, 0), blur) for picture in (before, after))
    return float(np.percentile(cv2.absdiff(cut, other), 100 - changed_share)) > still_within


def _cut(picture: np.ndarray, box: Box) -> np.ndarray:
    height, width = picture.shape
    x, y, w, h = box
    left, top = max(round(x * width), 0), max(round(y * height), 0)
    return picture[top : max(round((y + h) * height), top + 1), left : max(round((x + w) * width), left + 1)]
