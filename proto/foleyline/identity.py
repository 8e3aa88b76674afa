"""What makes two jobs the same job: a request's content, apart from where and when it was asked."""

from __future__ import annotations

import hashlib

from foleyline.v1 import engine_pb2 as pb


def request_id(request: pb.GenerateRequest) -> str:
    """32 hex digits derived from the request's content; `out_dir` and `created_s` do not count."""
    content = pb.GenerateRequest()
    content.CopyFrom(request)
    content.ClearField("out_dir")
    content.ClearField("created_s")
    return hashlib.sha256(content.SerializeToString(deterministic=True)).hexdigest()[:32]
