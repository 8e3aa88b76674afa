"""A small catalogue whose files lie on the hub of `tests.hub`, for tests of downloads."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.hub import Hub, sha256

large_n = 700_000
catalogue = """
[licence.free]
name = "Free"
commercial = "allowed"
terms = "free for any use"
[licence.nc]
name = "NC"
commercial = "forbidden"
terms = "not for commercial use"

[file."net/net.pth"]
hub = "makers/net"
at = "weights/net.pth"
about = {about}
md5 = "{md5}"
licence = "nc"
[file."net/voice.pt"]
hub = "makers/voice"
at = "voice.pt"
size = {voice_n}
sha256 = "{voice_sum}"
licence = "free"
[file."net/words.txt"]
hub = "makers/net"
at = "words.txt"
about = 1000
licence = "free"
[file."other/page.ckpt"]
url = "https://github.com/makers/page/releases/download/v1/page.ckpt"
about = {page_n}
licence = "free"
[file."other/both.ckpt"]
hub = "makers/both"
at = "both.ckpt"
url = "https://github.com/makers/both/releases/download/v1/both.ckpt"
about = 60000
licence = "free"
[folder."big/Big-7B"]
hub = "makers/Big-7B"
about = 200_000
weights = [["*.safetensors"], ["*.bin"]]
others = ["*.json"]
licence = "free"

[model.net]
step = "generator"
purpose = "for tests"
files = ["net/net.pth", "net/voice.pt", "net/words.txt"]
memory_gb = {{ float32 = 1.5 }}
[model.net-2]
step = "generator"
purpose = "shares a file"
files = ["other/both.ckpt", "net/voice.pt"]
[model.page]
step = "separator"
purpose = "lies on a release page"
files = ["other/page.ckpt"]
[model.big]
step = "judge"
purpose = "a folder of files"
files = ["big/Big-7B"]
[[recommended]]
step = "generator"
memory_gb = 0
model = "net"
"""
page_path = "/makers/page/releases/download/v1/page.ckpt"
both_path = "/makers/both/releases/download/v1/both.ckpt"


@dataclass
class Shop:
    """folder: where the models go. content: by path in it."""

    hub: Hub
    folder: Path
    catalogue: Path
    content: dict[str, bytes] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "FOLEYLINE_CATALOGUE": str(self.catalogue),
            "FOLEYLINE_MODELS": str(self.folder),
            "FOLEYLINE_RELEASES": self.hub.url,
            "FOLEYLINE_STALL": "1",
            "HF_ENDPOINT": self.hub.url,
            "HF_HUB_CACHE": str(self.folder.parent / "hub-cache"),
            "HF_TOKEN": "",
            "HF_TOKEN_PATH": str(self.folder.parent / "no-token"),
            "HF_HUB_OFFLINE": "",
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def is_right(self, *paths: str) -> bool:
        return all((self.folder / path).read_bytes() == self.content[path] for path in paths)

    def wrong_files(self) -> list[Path]:
        """Files under a final name that are not what the hub has."""
        return [
            path
            for name, content in self.content.items()
            if (path := self.folder / name).exists() and path.read_bytes() != content
        ]


def bytes_of(seed: str, count: int) -> bytes:
    return random.Random(seed).randbytes(count)


def opened(hub: Hub, folder: Path) -> Shop:
    """Everything on the hub, nothing in `folder/models`."""
    shop = Shop(hub, folder / "models", folder / "catalogue.toml")
    net, voice, page = bytes_of("net", large_n), bytes_of("voice", 50_000), bytes_of("page", 300_000)
    words, both = bytes_of("words", 900), bytes_of("both", 60_000)
    shop.content = {
        "net/net.pth": net,
        "net/voice.pt": voice,
        "net/words.txt": words,
        "other/page.ckpt": page,
        "other/both.ckpt": both,
    }
    shop.places = {
        "net/net.pth": hub.put("makers/net", "weights/net.pth", net),
        "net/voice.pt": hub.put("makers/voice", "voice.pt", voice),
        "net/words.txt": hub.put("makers/net", "words.txt", words),
        "other/both.ckpt": hub.put("makers/both", "both.ckpt", both),
        "other/page.ckpt": page_path,
    }
    hub.files[page_path], hub.files[both_path] = page, both
    for revision in ("main", "c0ffee" + "0" * 34):
        for name, count in (("model-1.safetensors", 90_000), ("model-2.safetensors", 80_000), ("config.json", 300)):
            shop.content[f"big/Big-7B/{name}"] = bytes_of(name, count)
            hub.put("makers/Big-7B", name, shop.content[f"big/Big-7B/{name}"], revision)
        for name in ("old.bin", "README.md", "more/inner.safetensors"):
            hub.put("makers/Big-7B", name, bytes_of(name, 500), revision)
    facts = {
        "about": large_n + 20_000,
        "md5": hashlib.md5(net).hexdigest(),
        "voice_n": len(voice),
        "voice_sum": sha256(voice),
        "page_n": len(page) - 5000,
    }
    shop.catalogue.write_text(catalogue.format(**facts))
    return shop
