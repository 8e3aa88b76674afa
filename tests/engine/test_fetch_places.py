"""Where files are looked for: hub, release page, cache, by hand; who is asked, with which token and licence."""

from __future__ import annotations

import asyncio

import pytest
from tests import hub as hubs
from tests.fetches import Request, State, ends, failed, fetch, net, work
from tests.hub import Fault
from tests.shop import both_path, large_n

from foleyline_engine.shelf import answers

pytestmark = pytest.mark.timeout(60)


async def test_nothing_is_asked_with_a_token_or_with_facts_about_this_machine(shop, hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", hub.token)
    await fetch("net", "page")
    assert all("authorization" not in each.headers for each in hub.seen)
    assert {each.headers["user-agent"] for each in hub.seen} == {"foleyline/0.1.0"}


async def test_the_release_page_stands_in_for_the_hub(shop, hub):
    hub.files.pop(shop.places["other/both.ckpt"])
    events = await fetch("net-2")
    assert shop.is_right("other/both.ckpt") and hub.asked(both_path)
    assert "downloaded from 127.0.0.1" in ends(events)["other/both.ckpt"].text


async def test_a_gate_gets_the_token_and_nobody_else_does(shop, hub, monkeypatch):
    hub.gated.add("makers/net")
    assert (await failed("net")).code == "E-GATE"
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert (await failed("net")).code == "E-GATE"
    with hubs.running() as elsewhere:
        elsewhere.files["/blob"] = shop.content["net/net.pth"]
        hub.always[net] = Fault(redirect=elsewhere.url.replace("127.0.0.1", "localhost") + "/blob")
        await fetch("net", environment={"HF_TOKEN": hub.token})
        assert elsewhere.seen and all("authorization" not in each.headers for each in elsewhere.seen)
    assert shop.is_right("net/net.pth")
    assert any(each.headers.get("authorization") == f"Bearer {hub.token}" for each in hub.seen)
    told = "".join(path.read_text(errors="replace") for path in shop.folder.rglob("*.json"))
    assert hub.token not in told


async def test_offline_asks_nobody_and_says_so(shop, hub):
    problem = await failed("net", environment={"HF_HUB_OFFLINE": "1"})
    assert (problem.code, problem.facts["name"]) == ("E-OFFLINE", "net/net.pth")
    assert (await failed("big", environment={"TRANSFORMERS_OFFLINE": "yes"})).code == "E-OFFLINE"
    assert not hub.seen


async def test_the_hubs_own_cache_is_used_even_offline(shop, hub, tmp_path):
    commit = "d" * 40
    for path in ("net/net.pth", "net/voice.pt", "net/words.txt"):
        repository, _, name = shop.places[path].strip("/").partition("/resolve/main/")
        root = tmp_path / "hub-cache" / f"models--{repository.replace('/', '--')}"
        for folder in (root / "refs", root / "blobs", (root / "snapshots" / commit / name).parent):
            folder.mkdir(parents=True, exist_ok=True)
        (root / "refs/main").write_text(commit)
        blob = root / "blobs" / hubs.sha256(shop.content[path])
        blob.write_bytes(shop.content[path] if path != "net/words.txt" else b"another")
        (root / "snapshots" / commit / name).symlink_to(blob)
    blobs = tmp_path / "hub-cache/models--makers--net/blobs"
    (blobs / hubs.sha256(shop.content["net/net.pth"])).rename(tmp_path / "away")
    (blobs / hubs.sha256(shop.content["net/net.pth"])).write_bytes(b"w" * large_n)
    hub.fail(net, Fault(cut=300_000), *[Fault(cut=0)] * 3)
    assert (await failed("net")).code == "E-NET"
    hub.seen.clear()
    assert (await failed("net", environment={"HF_HUB_OFFLINE": "1"})).code == "E-OFFLINE"
    assert (shop.folder / "net/net.pth.part").stat().st_size == 300_000  # a wrong copy costs no download
    (tmp_path / "away").replace(blobs / hubs.sha256(shop.content["net/net.pth"]))
    events = await fetch("net", environment={"HF_HUB_OFFLINE": "1"})
    assert shop.is_right("net/net.pth", "net/voice.pt")
    assert "cache" in ends(events)["net/net.pth"].text
    assert not hub.seen and (shop.folder / "net/net.pth").stat().st_nlink == 2
    assert (shop.folder / "net/words.txt").read_bytes() == b"another"  # no sum of it is known: trusted at first use


async def test_licences_are_accepted_once_and_before_the_first_byte(shop, hub):
    problem = await failed("net", accepted_licences=[])
    assert (problem.code, problem.facts["ids"]) == ("E-LICENCE", "nc")
    assert "not for commercial use" in problem.facts["licence"] and not hub.seen
    await fetch("net")
    (shop.folder / "net/net.pth").unlink()
    await fetch("net", accepted_licences=[])
    assert answers.listed().licences[1].accepted
    await fetch("page", accepted_licences=[])


async def test_a_folder_is_listed_by_the_hub_once_and_held_to(shop, hub):
    events = await fetch("big")
    names = [file.path for file in events[0].bill.files]
    assert names == [f"big/Big-7B/{name}" for name in ("model-1.safetensors", "model-2.safetensors", "config.json")]
    assert events[0].bill.to_download == 170_300 and shop.is_right(*names)
    path = shop.folder / names[0]
    path.write_bytes(b"x" * 90_000)
    hub.listed["makers/Big-7B"] = {"sha": "f" * 40, "siblings": []}
    done = ends(await work(Request.repair, "big"))
    assert shop.is_right(*names) and "downloaded" in done[names[0]].text


@pytest.mark.parametrize(
    "siblings",
    [
        [{"rfilename": "../../outside.safetensors", "size": 4}],
        [{"rfilename": "/outside.safetensors", "size": 4}],
        [{"rfilename": "C:\\outside.safetensors", "size": 4}],
        [{"rfilename": "a.safetensors", "size": "many"}],
        [{"rfilename": "a.safetensors"}],
        [{"rfilename": "README.md", "size": 4}],
        [7],
        7,
    ],
    ids=str,
)
async def test_a_list_of_files_that_cannot_be_right(shop, hub, siblings):
    hub.listed["makers/Big-7B"] = {"sha": "f" * 40, "siblings": siblings}
    assert (await failed("big")).code == "E-HASH"
    assert not list(shop.folder.parent.rglob("outside*"))


async def test_a_proxy_of_the_caller_is_taken(shop, hub):
    proxied = Fault()
    hub.files["http://hub.invalid" + net] = shop.content["net/net.pth"]
    hub.always["http://hub.invalid" + net] = proxied
    problem = await failed(
        "net", environment={"HF_ENDPOINT": "http://hub.invalid", "HTTP_PROXY": hub.url, "NO_PROXY": "elsewhere"}
    )
    assert shop.is_right("net/net.pth")
    assert problem.code == "E-GONE" and problem.facts["name"] == "net/voice.pt"
    assert hub.asked("http://hub.invalid" + net)


async def test_two_at_once_download_once(shop, hub):
    await asyncio.gather(fetch("net"), fetch("net-2"), fetch("net"))
    assert len(hub.asked(net)) == 1 and len(hub.asked(shop.places["net/voice.pt"])) == 1


async def test_a_name_that_nobody_published(shop):
    problem = await failed("nothing")
    assert problem.code == "E-MODEL" and "net-2" in problem.facts["known"]


async def test_a_file_placed_by_hand_is_believed_only_for_its_sum(shop, hub):
    for name, content in (("net.pth", shop.content["net/net.pth"]), ("voice.pt", b"v" * 50_000)):
        (shop.folder / "net").mkdir(parents=True, exist_ok=True)
        (shop.folder / "net" / name).write_bytes(content)
    events = await fetch("net")
    assert [file.state for file in events[0].bill.files] == [State.unchecked, State.unchecked, State.absent]
    told = [(event.end.file.path, event.end.text) for event in events if event.HasField("end")]
    assert [path for path, _ in told] == ["net/net.pth", "net/voice.pt", "net/voice.pt", "net/words.txt"]
    assert "published" in told[0][1] and "and not" in told[1][1] and "downloaded" in told[2][1]
    assert not hub.asked(net) and shop.is_right("net/net.pth", "net/voice.pt")


async def _first(events, is_last):
    async for event in events:
        yield event
        if is_last(event):
            return


async def test_a_plan_does_not_wait_for_a_download(shop, hub):
    hub.always[net] = Fault(rate=150_000)
    slow = asyncio.create_task(fetch("net"))
    while not hub.asked(net):
        await asyncio.sleep(0.01)
    assert (await work(Request.plan, "net"))[0].bill.to_download
    waits = answers.work(Request(work=Request.verify))
    texts = [event.progress.text async for event in _first(waits, lambda event: bool(event.progress.text))]
    assert "waited for" in texts[-1] and not slow.done()
    await waits.aclose()
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
