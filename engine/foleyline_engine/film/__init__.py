"""The demo's short film: drawn, voiced and encoded here, so that nothing has to be brought along."""

from foleyline_engine.film.reel import facts, render
from foleyline_engine.film.scenes import shots

__all__ = ["facts", "render", "shots"]
