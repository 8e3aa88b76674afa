"""Opens media from untrusted paths: regular local files only, known formats only, nothing they refer to."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from foleyline.errors import FoleyError
from foleyline_engine.media import limits

# Formats that hold their own media. Playlists and scripts (hls, dash, concat, sdp, ...) are left out on purpose.
movies = (
    "mov mp4 m4a 3gp 3g2 mj2 matroska webm avi mxf mpegts mpeg mpegvideo flv asf ogg nut gxf lxf dv rm ivf obu av1 "
    "h264 hevc vvc m4v vc1 mjpeg dnxhd cine r3d yuv4mpegpipe gif apng swf smk bink"
)
stills = (
    "bmp_pipe dds_pipe dpx_pipe exr_pipe gif_pipe hdr_pipe j2k_pipe jpeg_pipe jpegls_pipe jpegxl_pipe pam_pipe "
    "pbm_pipe pcx_pipe pfm_pipe pgm_pipe pgmyuv_pipe pgx_pipe phm_pipe png_pipe ppm_pipe psd_pipe qoi_pipe "
    "sgi_pipe sunrast_pipe tiff_pipe webp_pipe xbm_pipe xpm_pipe xwd_pipe"
)
sounds = "wav w64 aiff caf au mp3 aac flac ac3 eac3 dts wv tta ape amr"
demuxer_options = {
    "format_whitelist": ",".join(f"{movies} {stills} {sounds}".split()),
    "protocol_whitelist": "none",
    "enable_drefs": "0",
}
read_size = 1 << 18
# What demuxing and decoding raise; what goes wrong in reading the file itself comes through as it is.
broken = (FFmpegError, OSError)


@contextmanager
def open_media(path: str) -> Iterator[InputContainer]:
    """The media file at `path`, opened for reading.

    Raises E-MEDIA where there is no file, E-FORMAT where it cannot be read (no permission, a folder, a device,
    a playlist, empty, no media), E-LIMIT for too many streams.
    """
    name = Path(path).name
    with _open_file(path, name) as file, _demux(file, name) as container:
        limits.check_streams(container, name)
        yield container


def _open_file(path: str, name: str) -> FileIO:
    try:
        return FileIO(_open_regular(path))
    except PermissionError as problem:
        raise FoleyError("E-FORMAT", name=name, reason="this user may not open it") from problem
    except IsADirectoryError as problem:
        raise FoleyError("E-FORMAT", name=name, reason="it is a folder or a device") from problem
    except (OSError, ValueError) as problem:
        raise FoleyError("E-MEDIA", name=name) from problem


def _open_regular(path: str) -> int:
    """A file descriptor: the demuxer sees no path, so it can neither read one as an address nor guess by its ending.

    Without O_NONBLOCK opening a FIFO waits for a writer; some devices act when they are opened; and what a path is
    may change between looking and opening.
    """
    _check_regular(path, os.stat(path).st_mode)  # noqa: PTH116 (Path would turn an empty path into a folder)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags)
    try:
        _check_regular(path, os.fstat(handle).st_mode)
    except OSError:
        os.close(handle)
        raise
    return handle


def _check_regular(path: str, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)


def _demux(file: FileIO, name: str) -> InputContainer:
    try:
        return av.open(file, "r", container_options=demuxer_options, metadata_errors="replace", buffer_size=read_size)
    except (*broken, ValueError) as problem:
        is_empty = file.seek(0, os.SEEK_END) == 0
        reason = "it is empty" if is_empty else "it is damaged or no known kind of media"
        raise FoleyError("E-FORMAT", name=name, reason=reason) from problem


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The stream an editor sees: the default one, else the first; cover art does not count."""
    no_movie = Disposition.attached_pic | Disposition.timed_thumbnails
    streams = [stream for stream in container.streams.video if not stream.disposition & no_movie]
    decodable = [stream for stream in streams if stream.codec_context is not None]
    return min(decodable, key=lambda stream: not stream.disposition & Disposition.default, default=None)


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The first audio stream that can be decoded."""
    streams = [stream for stream in container.streams.audio if stream.codec_context is not None]
    return streams[0] if streams else None


def is_still(container: InputContainer) -> bool:
    """True for a single picture in a picture format."""
    return container.format.name in stills.split()
