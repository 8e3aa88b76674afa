"""A FoleyError as it travels in a failed call's trailing metadata."""

from __future__ import annotations

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

metadata_key = "foleyline-problem-bin"


def to_bytes(error: FoleyError) -> bytes:
    return pb.Problem(code=error.code, facts=error.facts).SerializeToString()


def from_bytes(problem: bytes) -> FoleyError:
    message = pb.Problem.FromString(problem)
    return FoleyError(message.code, **dict(message.facts))
