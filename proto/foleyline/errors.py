"""The one exception that carries a problem a user can act on, on both sides of the channel."""

from __future__ import annotations


class FoleyError(Exception):
    """A problem by its code and the facts its sentence needs.

    The sentence itself is the panel's (`foleyline_plugin.errors`); here are only facts, so the
    engine's errors can be shown in any language. Facts are plain words and numbers.
    """

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = {key: str(value) for key, value in facts.items()}
        super().__init__(code, self.facts)

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.code, self.facts)

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{key}={value}" for key, value in self.facts.items())])


def _again(code: str, facts: dict[str, str]) -> FoleyError:
    return FoleyError(code, **facts)


class Cancelled(Exception):
    """Raised inside a model or a decoder by its `check` once the clip's call was closed."""
