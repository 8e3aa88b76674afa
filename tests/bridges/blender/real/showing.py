"""Runs inside Blender: an edit with every way in which a strip can show its media, and what is seen of it.

The movies have their frame's number written in nine bars, so that a rendered picture says which frame it is.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import bpy
import edits
from showing_size import bars, height, width


def run(do_: str, **arguments: Any) -> Any:
    """do_: build, tell or see."""
    return (yield from globals()[do_](**arguments))


def build(movies: dict[str, str], images: list[str], file: str) -> Any:
    """Strips one after another, each where no other is. movies: by rate."""
    scene = edits.clear()
    edits.set_rate(scene, edits.Fraction(24))
    scene.frame_start, scene.frame_end = 1, 5000
    _for_pictures(scene)
    maker = _Maker(scene, movies)
    maker.plain()
    maker.with_operators()
    maker.metastrip()
    maker.nested()
    maker.images(images)
    yield
    bpy.ops.wm.save_as_mainfile(filepath=file)
    return maker.names


def tell(file: str) -> Any:
    """The edit as the bridge tells it."""
    bpy.ops.wm.open_mainfile(filepath=file)
    yield
    methods: Any = importlib.import_module("foleyline.methods")
    return (yield from methods.call("timeline", {}))


def see(frames: list[int], folder: str) -> Any:
    """The frame of the media that is seen at each frame of the scene."""
    scene = bpy.context.scene
    seen = []
    for frame in frames:
        seen.append(_seen(scene, frame, Path(folder) / "seen.png"))
        yield
    return seen


def _for_pictures(scene: Any) -> None:
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = width, height, 100
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "BW"
    scene.view_settings.view_transform = "Standard"


def _seen(scene: Any, frame: int, path: Path) -> int:
    scene.frame_set(frame)
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    try:
        pixels, channels = list(image.pixels), image.channels
        middle = [(height // 2 * width + bar * 16 + 8) * channels for bar in range(bars)]
        return sum((pixels[at] > 0.5) << bar for bar, at in enumerate(middle))
    finally:
        bpy.data.images.remove(image)


class _Maker:
    def __init__(self, scene: Any, movies: dict[str, str]) -> None:
        self.scene = scene
        self.movies = movies
        self.names: list[str] = []
        self._at = 100

    @property
    def strips(self) -> Any:
        return edits.strips(self.scene.sequence_editor)

    def _movie(self, name: str, rate: str = "24") -> Any:
        strip = self.strips.new_movie(name=name, filepath=self.movies[rate], channel=1, frame_start=self._at)
        self._next(strip)
        return strip

    def _next(self, strip: Any) -> None:
        self.names.append(strip.name)
        self._at = strip.frame_final_end + 200
        strip.select = False

    def plain(self) -> None:
        self._movie("plain")
        trimmed = self._movie("trimmed")
        trimmed.frame_offset_start, trimmed.frame_offset_end = 30, 20
        shortened = self._movie("shortened")
        shortened.animation_offset_start, shortened.animation_offset_end = 25, 15
        both = self._movie("shortened and trimmed")
        both.animation_offset_start, both.frame_offset_start = 25, 10
        self._movie("frame for frame", "60").frame_offset_start = 40
        backward = self._movie("backward")
        backward.use_reverse_frames, backward.frame_offset_start = True, 12
        held = self._movie("held")
        held.frame_offset_start, held.frame_offset_end = -20, -30
        for name, speed in (("twice as fast", 2.0), ("slow", 0.4)):
            if hasattr(held, "speed_factor"):
                strip = self._movie(name)
                strip.speed_factor = speed
                self._next(strip)

    def with_operators(self) -> None:
        """What only an editor's hand can do; operators of the sequencer end Blender 5.0 without a window."""
        if bpy.app.version >= (5, 0):
            return
        for rate in ("60", "30000/1001"):
            self._conformed(f"at its own rate {rate}", rate).frame_offset_start = 9
        if not hasattr(self.strips[0], "speed_factor"):
            self._retimed(self._movie("retimed"), 250.0)
            self._retimed(self._movie("retimed slow"), 40.0)
            self._retimed(self._conformed("retimed at its own rate", "60"), 150.0)
        else:
            fast = self._conformed("fast at its own rate", "60")
            fast.speed_factor = 1.5
            self._next(fast)

    def _conformed(self, name: str, rate: str) -> Any:
        known = {strip.name for strip in self.strips}
        options = {"sound": False, "use_framerate": False, "adjust_playback_rate": True}
        self._operate("movie_strip_add", filepath=self.movies[rate], frame_start=self._at, channel=1, **options)
        strip = next(strip for strip in self.strips if strip.name not in known)
        strip.name = name
        self._next(strip)
        return strip

    def _retimed(self, strip: Any, percent: float) -> None:
        for each in self.strips:
            each.select = False
        strip.select = True
        self.scene.sequence_editor.active_strip = strip
        self._operate("retiming_segment_speed_set", speed=percent, keep_retiming=False)
        strip.select = False
        self._at = strip.frame_final_end + 200

    def _operate(self, name: str, **options: Any) -> None:
        window = bpy.context.window_manager.windows[0]
        area = max(window.screen.areas, key=lambda each: each.width * each.height)
        area.type = "SEQUENCE_EDITOR"
        area.spaces.active.view_type = "SEQUENCER"
        region = next(region for region in area.regions if region.type == "WINDOW")
        with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=region):
            assert getattr(bpy.ops.sequencer, name)(**options) == {"FINISHED"}

    def metastrip(self) -> None:
        first, second = self._movie("first inside"), self._movie("second inside")
        first.frame_offset_start, first.frame_offset_end = 20, 40
        inside = first.frame_final_start, second.frame_final_end
        meta = self._metastrip([first, second], inside[0])
        meta.channel = 3
        meta.frame_final_start, meta.frame_final_end = inside[0] + 7, inside[1] - 11
        meta.select = False

    def _metastrip(self, inner: list[Any], start: int) -> Any:
        """One that a script made stays a frame long until 5.0."""
        if bpy.app.version >= (5, 0):
            meta = self.strips.new_meta("metastrip", 3, start)
            for strip in inner:
                strip.move_to_meta(meta)
            return meta
        for strip in self.strips:
            strip.select = strip in inner
        self._operate("meta_make")
        return next(strip for strip in self.strips if strip.type == "META")

    def nested(self) -> None:
        scene = bpy.data.scenes.new("Nested")
        edits.set_rate(scene, edits.Fraction(24))
        _for_pictures(scene)
        scene.frame_start, scene.frame_end = 11, 110
        scene.sequence_editor_create()
        inner = edits.strips(scene.sequence_editor).new_movie("in a scene", self.movies["24"], 1, 5)
        inner.frame_offset_start = 3
        strip = self.strips.new_scene(name="scene", scene=scene, channel=1, frame_start=self._at)
        strip.scene_input = "SEQUENCER"
        strip.frame_offset_start = 13
        self._next(strip)
        self.names[-1] = "in a scene"

    def images(self, images: list[str]) -> None:
        strip = self.strips.new_image(name="images", filepath=images[0], channel=1, frame_start=self._at)
        for image in images[1:]:
            strip.elements.append(Path(image).name)
        strip.frame_final_end = strip.frame_final_start + len(images) - 4
        strip.frame_offset_start = 6
        self._next(strip)
