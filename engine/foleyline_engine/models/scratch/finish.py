"""What is done to a take's sound at the end: short fades, and peaks held under the ceiling where they pass it."""

from __future__ import annotations

import numpy as np

from foleyline_engine.models.exchange import Check
from foleyline_engine.models.scratch.dsp import chunk_n, soften_ends

ceiling_db = -1.3  # dBTP; a little under what is promised, for meters differ by 0.2 dB
fade_s = 0.005
oversampling = 4
margin_n = 512  # read on both sides of a chunk, for its ends ring
cell_n = 48  # the limiter decides once a millisecond
hold_cells = 4
release_cells = 25  # in which the gain comes half way back
passes = 4


def finish(out: np.ndarray, check: Check) -> float:
    """Fades and limits float32 [2, samples] in place; answers the most that any peak was held back, in dB."""
    soften_ends(out, fade_s, fade_s)
    ceiling = 10.0 ** (ceiling_db / 20.0)
    held_db = 0.0
    for _ in range(passes):
        over = np.maximum(cell_peaks(out, 0.5 * ceiling, check) / ceiling, 1.0)
        if over.max() <= 1.0:
            return held_db
        held_db += float(20.0 * np.log10(over.max()))
        turn_down(out, over, check)
    peak = float(cell_peaks(out, 0.5 * ceiling, check).max())
    out *= np.float32(min(1.0, ceiling / peak))
    return held_db


def cell_peaks(out: np.ndarray, of_interest: float, check: Check) -> np.ndarray:
    """True peak of every cell of cell_n samples, oversampled only in chunks that come near the ceiling: [cells].

    Elsewhere the sample peak, which is below of_interest.
    """
    count_n = out.shape[1]
    peaks = np.zeros(-(-count_n // cell_n), dtype=np.float32)
    step_n = chunk_n // cell_n * cell_n
    for start_n in range(0, count_n, step_n):
        check()
        piece = out[:, max(start_n - margin_n, 0) : start_n + step_n + margin_n]
        if piece.size and max(float(piece.max()), -float(piece.min())) > of_interest:
            levels = oversampled_peaks(piece)[start_n - max(start_n - margin_n, 0) :][:step_n]
        else:
            levels = np.abs(out[:, start_n : start_n + step_n]).max(axis=0)
        levels = levels[: min(step_n, count_n - start_n)]
        padded = np.pad(levels, (0, -levels.size % cell_n)).reshape(-1, cell_n)
        peaks[start_n // cell_n : start_n // cell_n + len(padded)] = padded.max(axis=1)
    return peaks


def oversampled_peaks(piece: np.ndarray) -> np.ndarray:
    """The greatest magnitude within each sample's time, by band-limited interpolation: [samples]."""
    count_n = piece.shape[1]
    size = 1 << (count_n + 2 * margin_n - 1).bit_length()
    fine = np.fft.irfft(np.fft.rfft(piece, size), size * oversampling) * np.float32(oversampling)
    return np.abs(fine[:, : count_n * oversampling]).max(axis=0).reshape(-1, oversampling).max(axis=1)


def turn_down(out: np.ndarray, over: np.ndarray, check: Check) -> None:
    """Applies the gain that brings every cell under the ceiling, in before its peak and slowly out after it."""
    needed_db = 20.0 * np.log10(over)
    held = needed_db.copy()
    for offset in range(1, hold_cells + 1):
        held[offset:] = np.maximum(held[offset:], needed_db[:-offset])
        held[:-offset] = np.maximum(held[:-offset], needed_db[offset:])
    release = np.exp2(-np.arange(4 * release_cells) / release_cells)
    for cell in np.flatnonzero(needed_db > 0) + hold_cells:
        after = held[cell : cell + release.size]
        np.maximum(after, needed_db[cell - hold_cells] * release[: after.size], out=after)
    kernel = np.hanning(2 * hold_cells + 1)[1:-1]
    padded = np.pad(held, hold_cells - 1, mode="edge")
    eased_db = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    gains = (10.0 ** (-eased_db / 20.0)).astype(np.float32)
    middles = (np.arange(len(gains)) + 0.5) * cell_n
    for start_n in range(0, out.shape[1], chunk_n):
        check()
        piece = out[:, start_n : start_n + chunk_n]
        piece *= np.interp(start_n + np.arange(piece.shape[1]), middles, gains).astype(np.float32)
