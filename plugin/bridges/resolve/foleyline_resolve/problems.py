"""What a request is answered with when it cannot be done: the codes and words of protocol 1."""

from typing import Any, Dict

codes = {
    "parse": -32700,
    "request": -32600,
    "method": -32601,
    "params": -32602,
    "fault": -32603,
    "version": 1,
    "no_timeline": 2,
    "moved": 3,
    "busy": 4,
    "refused": 5,
}


class Problem(Exception):
    """reason: the protocol's word. facts: what its sentence needs."""

    def __init__(self, reason: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.reason = reason
        self.facts = facts

    def told(self) -> Dict[str, Any]:
        data = dict(self.facts, reason=self.reason)
        return {"code": codes[self.reason], "message": str(self), "data": data}


class Gone(Exception):
    """The panel has ended, so nobody waits for the answer."""
