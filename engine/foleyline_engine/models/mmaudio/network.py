"""The flow network: from a latent, a time and conditions to the latent's velocity."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .blocks import FinalLayer, FusedBlock, Gated, JointBlock, Modulation, Projection, TimeEmbedding, turns
from .conditions import Batch, Conditions, Features, different, nearest, period
from .variants import Lengths, NetworkSize, text_n

Parts = tuple[Tensor, ...]


@dataclass(frozen=True)
class Steps:
    """What does not depend on the latent, for all steps: per joint block clip's and text's parts, the last layer's.

    time: [steps, D]. Parts are [steps, batch, 1, D]. positions: rotary turns of the latents and of CLIP's tokens.
    """

    time: Tensor
    clip: list[Parts]
    text: list[Parts]
    final: Parts
    positions: tuple[Tensor, Tensor]


class Network(nn.Module):
    """One of the five published networks, or a small one of the same build."""

    def __init__(self, size: NetworkSize) -> None:
        super().__init__()
        self.size = size
        dim, hidden, heads = size.dim, size.hidden, size.heads
        outer, inner = (nn.SiLU(), nn.SiLU()) if size.v2 else (nn.SELU(), None)
        self.audio_input_proj = Projection(size.latent_dim, dim, hidden, 7, 7, outer)
        self.clip_input_proj = Projection(size.clip_dim, dim, hidden, 0, 3, inner)
        self.sync_input_proj = Projection(size.sync_dim, dim, hidden, 7, 3, outer)
        self.text_input_proj = Projection(size.text_dim, dim, hidden, 0, 0, inner)
        self.clip_cond_proj = nn.Linear(dim, dim)
        self.text_cond_proj = nn.Linear(dim, dim)
        self.global_cond_mlp = Gated(dim, hidden)
        self.t_embed = TimeEmbedding(dim, dim, 10000.0) if size.v2 else TimeEmbedding(dim, 256, 1.0)
        self.joint_blocks = nn.ModuleList(
            JointBlock(dim, heads, hidden, last=index == size.joint - 1) for index in range(size.joint)
        )
        self.fused_blocks = nn.ModuleList(FusedBlock(dim, heads, hidden) for _ in range(size.fused))
        self.final_layer = FinalLayer(dim, size.latent_dim)
        self.latent_mean = stored(1, 1, size.latent_dim)
        self.latent_std = stored(1, 1, size.latent_dim)
        self.empty_string_feat = stored(text_n, size.text_dim)
        self.empty_clip_feat = stored(1, size.clip_dim)
        self.empty_sync_feat = stored(1, size.sync_dim)
        self.sync_pos_emb = stored(1, 1, period, size.sync_dim)

    def lower(self, dtype: torch.dtype) -> Network:
        """Everything in `dtype` but the time embedding and the latent's statistics, which stay as loaded."""
        for name, child in self.named_children():
            if name != "t_embed":
                child.to(dtype)
        for name, parameter in self.named_parameters(recurse=False):
            if not name.startswith("latent_"):
                parameter.data = parameter.data.to(dtype)
        return self

    @property
    def dtype(self) -> torch.dtype:
        return self.final_layer.conv.weight.dtype

    @property
    def device(self) -> torch.device:
        return self.final_layer.conv.weight.device

    def project(self, features: Features, lengths: Lengths) -> Conditions:
        """Conditions of one sequence; what it has no features for takes the learned empty ones."""
        clip = self._taken(features.clip, self.empty_clip_feat, lengths.clip)
        clip = self.clip_input_proj(clip)[0]
        text = self._taken(features.text, self.empty_string_feat, text_n)
        text = self.text_input_proj(text)[0]
        rows, index = self._sync_rows(features.sync, lengths)
        summary = self.clip_cond_proj(clip.mean(0)) + self.text_cond_proj(text.mean(0))
        return Conditions(clip, text, self.global_cond_mlp(summary), rows, index)

    def _taken(self, features: Tensor | None, empty: Tensor, tokens: int) -> Tensor:
        if features is None:
            return empty.expand(tokens, -1)[None]
        if len(features) != tokens:
            raise ValueError(f"{len(features)} tokens where the duration asks for {tokens}")
        return features.to(self.device, self.dtype)[None]

    def _sync_rows(self, sync: Tensor | None, lengths: Lengths) -> tuple[Tensor, Tensor]:
        projected, stand_in = different(lengths.sync) if sync is None else (lengths.sync, None)
        tokens = self._taken(sync, self.empty_sync_feat, projected)
        tokens = (tokens.unflatten(1, (-1, period)) + self.sync_pos_emb).flatten(1, 2)
        taken = nearest(lengths.sync, lengths.latent)
        index = taken if stand_in is None else stand_in[taken]
        return self.sync_input_proj(tokens)[0], torch.from_numpy(index).to(self.device)

    def prepare(self, times: Tensor, conditions: Batch) -> Steps:
        """Everything that does not depend on the latent, for all `times` [steps] at once."""
        time = self.t_embed(times.to(self.device))
        every = (time[:, None] + conditions.summary.float()).to(self.dtype)[:, :, None]
        return Steps(
            time=time,
            clip=[_parts(block.clip_block.adaLN_modulation, every) for block in self._joint],
            text=[_parts(block.text_block.adaLN_modulation, every) for block in self._joint],
            final=_parts(self.final_layer.adaLN_modulation, every),
            positions=self.positions(conditions.index.shape[1], conditions.clip.shape[1]),
        )

    @property
    def _joint(self) -> list[JointBlock]:
        return list(self.joint_blocks)  # type: ignore[arg-type]

    @property
    def _fused(self) -> list[FusedBlock]:
        return list(self.fused_blocks)  # type: ignore[arg-type]

    def positions(self, latent_n: int, clip_n: int) -> tuple[Tensor, Tensor]:
        """Rotary turns of the latents and of CLIP's tokens, which run through the same time."""
        head = self.size.head_dim
        return turns(latent_n, head, device=self.device), turns(clip_n, head, latent_n / clip_n, self.device)

    def forward(self, latent: Tensor, step: int, steps: Steps, conditions: Batch) -> Tensor:
        """Velocity of latent [batch, latent, channels] at one of the prepared steps, float32."""
        rows = steps.time[step] + conditions.summary[conditions.owner].float() + conditions.rows.float()
        rows = rows.to(self.dtype)
        streams = (self.audio_input_proj(latent.to(self.dtype)), conditions.clip, conditions.text)
        for index, block in enumerate(self._joint):
            latent_parts = _spread(block.latent_block.adaLN_modulation(rows), conditions.index)
            clip_parts, text_parts = _at(steps.clip[index], step), _at(steps.text[index], step)
            streams = block(streams, (latent_parts, clip_parts, text_parts), steps.positions)
        x = streams[0]
        for block in self._fused:
            x = block.run(x, _spread(block.adaLN_modulation(rows), conditions.index), steps.positions[0])
        return self.final_layer(x, _at(steps.final, step)).float()


def stored(*shape: int) -> nn.Parameter:
    """A tensor that a checkpoint brings and nothing trains."""
    return nn.Parameter(torch.zeros(shape), requires_grad=False)


def _parts(modulation: Modulation, conditioning: Tensor) -> Parts:
    return modulation(conditioning).chunk(modulation.parts, -1)


def _at(parts: Parts, step: int) -> Parts:
    return tuple(part[step] for part in parts)


def _spread(table: Tensor, index: Tensor) -> Parts:
    """From a table of rows [rows, 6 D] to parts [batch, latent, D]."""
    return table[index].chunk(6, -1)
