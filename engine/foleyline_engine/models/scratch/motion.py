"""What moves from one picture to the next, with the camera's own motion taken out. Knows nothing of sounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock

import cv2
import numpy as np

from foleyline_engine.models.exchange import Check
from foleyline_engine.models.scratch.cadence import content_seconds, without_repeats

width = 160
smallest = 32
grid = (16, 9)

_threads_lock = Lock()
_threads = {"users": 0, "before": 1}


@dataclass(frozen=True)
class Motion:
    """Per pair of neighboring pictures, [pairs, ...]; pair i lies between start_s[i] and end_s[i] and
    holds `seconds[i]` of what was filmed, which is not always the difference.
    held_s: [pairs] when the earlier picture was last shown, later than start_s where it was repeated.

    momentum: [pairs, rows, columns, 2] picture widths per second (x right, y down) times the share of the picture
    that moves so, summed by cell. area: [pairs, rows, columns] share of the picture that moves, summed by cell.
    energy: [pairs] mean change, full scale 1. speed: [pairs] widths per second of what moves. unexplained: [pairs]
    0-1, change that no motion explains, beside the picture's contrast. likeness: [pairs] -1 to 1, correlation of the
    two pictures. flicker: [pairs] 0-1. camera: [pairs] widths per second. luma: [pictures] 0-1.
    thumbs: [pictures, 18, 32] gray levels. picture_s: [pictures] when each of them appears.
    """

    start_s: np.ndarray
    held_s: np.ndarray
    end_s: np.ndarray
    seconds: np.ndarray
    momentum: np.ndarray
    area: np.ndarray
    energy: np.ndarray
    speed: np.ndarray
    unexplained: np.ndarray
    likeness: np.ndarray
    flicker: np.ndarray
    camera: np.ndarray
    luma: np.ndarray
    thumbs: np.ndarray
    picture_s: np.ndarray

    @property
    def pairs(self) -> int:
        return len(self.start_s)


@dataclass(frozen=True)
class Pair:
    momentum: np.ndarray
    area: np.ndarray
    energy: float
    speed: float
    unexplained: float
    flicker: float
    camera: float


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV on one thread: its flow depends on how many there are, and small pictures gain nothing from more."""
    with _threads_lock:
        if _threads["users"] == 0:
            _threads["before"] = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _threads["users"] += 1
    try:
        yield
    finally:
        with _threads_lock:
            _threads["users"] -= 1
            if _threads["users"] == 0:
                cv2.setNumThreads(_threads["before"])


def measure(pixels: np.ndarray, times_s: np.ndarray, check: Check) -> Motion:
    """pixels: uint8 [frames, height, width]; times_s: [frames], strictly increasing."""
    with one_thread():
        small = [_small(picture) for picture in pixels]
        kept = without_repeats(small, times_s)
        shape = small[0].shape
        meter = Meter(shape[1], shape[0])
        seconds = content_seconds(times_s, kept)
        pairs = []
        for before, after, length_s in zip(kept, kept[1:], seconds.tolist(), strict=False):
            check()
            pairs.append(meter.pair(small[before], small[after], length_s))
    thumbs = np.array([_thumb(small[index]) for index in kept])
    held_s = times_s[np.array(kept[1:], int) - 1]
    return _collect(pairs, times_s[kept], held_s, seconds, thumbs)


def _collect(
    pairs: list[Pair], at_s: np.ndarray, held_s: np.ndarray, seconds: np.ndarray, thumbs: np.ndarray
) -> Motion:
    columns, rows = grid

    def numbers(name: str) -> np.ndarray:
        return np.array([getattr(pair, name) for pair in pairs], dtype=np.float64)

    return Motion(
        start_s=at_s[:-1],
        held_s=held_s,
        end_s=at_s[1:],
        seconds=seconds,
        momentum=np.array([pair.momentum for pair in pairs]).reshape(-1, rows, columns, 2),
        area=np.array([pair.area for pair in pairs]).reshape(-1, rows, columns),
        energy=numbers("energy"),
        speed=numbers("speed"),
        unexplained=numbers("unexplained"),
        likeness=np.array([likeness(a, b) for a, b in pairwise(thumbs)]),
        flicker=numbers("flicker"),
        camera=numbers("camera"),
        luma=thumbs.mean((1, 2)) / 255,
        thumbs=thumbs,
        picture_s=at_s,
    )


def _small(picture: np.ndarray) -> np.ndarray:
    height = max(smallest, round(picture.shape[0] * width / picture.shape[1]))
    if picture.shape == (height, width) or (picture.shape[1] <= width and min(picture.shape) >= smallest):
        return picture
    return cv2.resize(picture, (width, min(height, 2 * width)), interpolation=cv2.INTER_AREA)


class Meter:
    """Measures pairs of gray pictures of one size."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self.flow.setFinestScale(1)
        self.flow.setPatchStride(4)
        self.flow.setVariationalRefinementIterations(2)
        ys, xs = np.mgrid[0:rows, 0:columns].astype(np.float32)
        self.xs, self.ys = xs, ys
        self.centered = (xs - columns / 2, ys - rows / 2)
        self.thin = (slice(2, None, 5), slice(2, None, 5))

    def pair(self, before: np.ndarray, after: np.ndarray, seconds: float) -> Pair:
        flow = self.flow.calc(before, after, np.zeros((self.rows, self.columns, 2), np.float32))
        texture = _texture(before)
        camera = self._camera(flow, texture)
        change = self._change(before, after, camera)
        mask = self._moving(change, texture, camera)
        unexplained = self._unexplained(before, after, flow)
        own = flow - self._field(camera)
        return self._pair(own, change, mask, unexplained, camera, before, after, seconds)

    def _pair(
        self,
        own: np.ndarray,
        change: np.ndarray,
        mask: np.ndarray,
        unexplained: np.ndarray,
        camera: np.ndarray,
        before: np.ndarray,
        after: np.ndarray,
        seconds: float,
    ) -> Pair:
        per_second = 1 / (self.columns * seconds)
        area = float(mask.mean())
        lengths = np.hypot(own[..., 0], own[..., 1])
        contrast = max(4.0, float(after.std()) + float(before.std()))
        return Pair(
            momentum=_cells(own * mask[..., None]) * per_second,
            area=_cells(mask),
            energy=float((np.abs(change) * mask).mean()) / 255,
            speed=float((lengths * mask).mean()) / area * per_second if area > 0 else 0.0,
            unexplained=float(unexplained.mean()) / contrast,
            flicker=float((unexplained * mask).mean()) / 255,
            camera=float(np.hypot(camera[0], camera[1])) * per_second,
        )

    def _camera(self, flow: np.ndarray, texture: np.ndarray) -> np.ndarray:
        """Shift x, shift y, zoom, turn of the picture as a whole, in pixels: a similarity by reweighted squares."""
        x, y = (axis[self.thin].ravel() for axis in self.centered)
        u, v = flow[self.thin].reshape(-1, 2).T
        trust = np.minimum(texture[self.thin].ravel(), 20.0) + 0.1
        still = np.hypot(u, v) < 0.15
        if trust[still].sum() > 0.4 * trust.sum():
            return np.zeros(4, np.float32)
        camera = np.array([_median(u, trust), _median(v, trust), 0.0, 0.0], np.float32)
        for scale in (4.0, 2.0, 1.0, 0.5, 0.5):
            off_u = u - (camera[0] + camera[2] * x - camera[3] * y)
            off_v = v - (camera[1] + camera[2] * y + camera[3] * x)
            weight = trust / (1 + (off_u**2 + off_v**2) / scale**2) ** 2
            camera = _similarity(x, y, u, v, weight)
        return camera

    def _field(self, camera: np.ndarray) -> np.ndarray:
        x, y = self.centered
        u = camera[0] + camera[2] * x - camera[3] * y
        v = camera[1] + camera[2] * y + camera[3] * x
        return np.dstack([u, v])

    def _change(self, before: np.ndarray, after: np.ndarray, camera: np.ndarray) -> np.ndarray:
        """after - before in gray levels, slightly blurred, the camera's motion and the exposure's drift taken out."""
        if camera.any():
            before = self._moved(before, self._field(camera))
        change = cv2.blur(after.astype(np.float32) - before.astype(np.float32), (3, 3))
        return change - np.median(change[self.thin])

    def _moved(self, before: np.ndarray, field: np.ndarray) -> np.ndarray:
        field = field.astype(np.float32)
        return cv2.remap(
            before, self.xs - field[..., 0], self.ys - field[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    def _moving(self, change: np.ndarray, texture: np.ndarray, camera: np.ndarray) -> np.ndarray:
        """float32 [rows, columns] 1 where something moves by itself: above the noise and what misfit explains."""
        size = np.abs(change)
        noise = float(np.quantile(size[self.thin], 0.3)) / 0.385
        slack = 0.22 if camera.any() else 0.06
        mask = (size > 4 + 3.5 * noise + slack * texture).astype(np.float32)
        if camera.any():
            self._clear_border(mask, camera)
        return (cv2.blur(mask, (3, 3)) > 0.4).astype(np.float32)

    def _clear_border(self, mask: np.ndarray, camera: np.ndarray) -> None:
        """What the camera uncovers at the edge is new, but nothing that moved."""
        across = int(np.ceil(abs(camera[0]) + abs(camera[2]) * self.columns / 2)) + 2
        down = int(np.ceil(abs(camera[1]) + abs(camera[2]) * self.rows / 2)) + 2
        mask[:, :across] = mask[:, -across:] = 0
        mask[:down] = mask[-down:] = 0

    def _unexplained(self, before: np.ndarray, after: np.ndarray, flow: np.ndarray) -> np.ndarray:
        return cv2.blur(cv2.absdiff(after, self._moved(before, flow)), (3, 3)).astype(np.float32)


def _texture(picture: np.ndarray) -> np.ndarray:
    """Gray levels per pixel, float32 [rows, columns].

    The root and the mean are NumPy's: OpenCV's round by where in memory a picture lies, and a take must not.
    """
    across = cv2.Sobel(picture, cv2.CV_16S, 1, 0).astype(np.int32)
    down = cv2.Sobel(picture, cv2.CV_16S, 0, 1).astype(np.int32)
    steep = np.pad(np.sqrt((across**2 + down**2).astype(np.float32)), 1, mode="reflect")
    rows = steep[:-2] + steep[1:-1] + steep[2:]
    return (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / np.float32(72)


def _similarity(x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray, weight: np.ndarray) -> np.ndarray:
    total = weight.sum()
    mean_x, mean_y = (weight * x).sum() / total, (weight * y).sum() / total
    mean_u, mean_v = (weight * u).sum() / total, (weight * v).sum() / total
    dx, dy = x - mean_x, y - mean_y
    spread = (weight * (dx**2 + dy**2)).sum() + 1e-6
    zoom = (weight * (dx * u + dy * v)).sum() / spread
    turn = (weight * (dx * v - dy * u)).sum() / spread
    return np.array(
        [mean_u - zoom * mean_x + turn * mean_y, mean_v - zoom * mean_y - turn * mean_x, zoom, turn], np.float32
    )


def _median(values: np.ndarray, weight: np.ndarray) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    return float(values[order[np.searchsorted(total, total[-1] / 2)]])


def _cells(field: np.ndarray) -> np.ndarray:
    """Sums by cell as a share of the picture: [rows, columns, ...] of the grid."""
    return cv2.resize(np.ascontiguousarray(field, np.float32), grid, interpolation=cv2.INTER_AREA) / (grid[0] * grid[1])


def _thumb(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32)


def likeness(before: np.ndarray, after: np.ndarray) -> float:
    """-1 to 1, whatever the exposure; two pictures without any contrast are alike."""
    a, b = before - before.mean(), after - after.mean()
    return float(((a * b).sum() + 1) / (np.sqrt((a**2).sum() * (b**2).sum()) + 1))
