"""The stubs in the repository are those of engine.proto, and every field of it says what it means."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from foleyline.identity import request_id
from foleyline.v1 import engine_pb2 as pb

root = Path(__file__).parents[2]
proto = root / "proto/foleyline/v1/engine.proto"


def test_stubs_are_fresh(tmp_path):
    subprocess.run(
        ["sh", root / "scripts/proto.sh", tmp_path], check=True, env={"PYTHON": sys.executable, "PATH": "/usr/bin:/bin"}
    )
    for name in ("engine_pb2.py", "engine_pb2.pyi", "engine_pb2_grpc.py"):
        made, kept = tmp_path / "foleyline/v1" / name, proto.parent / name
        assert made.read_text() == kept.read_text(), f"{name} is stale: run make proto"


def test_every_field_and_value_has_a_comment():
    lines = ["", *proto.read_text().splitlines()]
    bare = [
        line.strip()
        for above, line in pairwise(lines)
        if re.search(r"=\s*\d+;", line) and "//" not in line and not above.strip().startswith("//")
    ]
    assert not bare


@pytest.mark.parametrize(
    ("change", "is_other"),
    [
        ({"prompt": "gravel"}, True),
        ({"seed": 43}, True),
        ({"take": 2}, True),
        ({"fallback": pb.rm}, True),
        ({"out_dir": "/elsewhere"}, False),
        ({"created_s": 7}, False),
    ],
)
def test_a_job_is_its_content(change, is_other):
    request = pb.GenerateRequest(prompt="footsteps", seed=42, take=1, out_dir="/out", created_s=1)
    other = pb.GenerateRequest()
    other.CopyFrom(request)
    other.MergeFrom(pb.GenerateRequest(**change))
    assert (request_id(other) != request_id(request)) is is_other


def test_an_absent_speed_is_not_a_freeze():
    moving = pb.GenerateRequest(clip=pb.Clip(name="a"))
    frozen = pb.GenerateRequest(clip=pb.Clip(name="a", time_scalar=0.0))
    assert request_id(moving) != request_id(frozen)
