"""A voice and what is left of the production sound in whole steps of 24 bits, so that the two sum to it exactly."""

from __future__ import annotations

import numpy as np

from .media.broadcast_wav import full_scale


class Splitter:
    """over_n: samples of production sound beyond full scale, which were held there. moved_n: samples of which one part
    had not fitted, so that the other took the rest of it.
    """

    def __init__(self, seed: int) -> None:
        self._dice = np.random.Generator(np.random.PCG64(seed))
        self.over_n = self.moved_n = 0

    def split(self, mix: np.ndarray, voice: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """int64 [channels, n] of float32: the voice, and the production sound less the voice.

        Where there is a voice it has triangular dither of one step to either side; elsewhere it is digital silence and
        what is left is the production sound, rounded to 24 bits.
        """
        whole = self._whole(mix)
        steps = voice * np.float64(full_scale)
        noise = self._dice.random((mix.shape[1], len(mix), 2)).T
        wanted = np.rint(steps + np.where(voice == 0, 0.0, noise[0] - noise[1])).astype(np.int64)
        least, most = np.maximum(-full_scale, whole - full_scale + 1), np.minimum(full_scale - 1, whole + full_scale)
        taken = np.clip(wanted, least, most)
        self.moved_n += int((taken != wanted).sum())
        return taken, whole - taken

    def _whole(self, mix: np.ndarray) -> np.ndarray:
        steps = np.rint(mix * np.float64(full_scale)).astype(np.int64)
        held = np.clip(steps, -full_scale, full_scale - 1)
        # The last step below full scale is as near to +1.0 as the file comes; decoders of lossy sound end there often.
        self.over_n += int((np.abs(steps - held) > 1).sum())
        return held
