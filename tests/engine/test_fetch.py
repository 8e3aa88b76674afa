"""Downloads from a real server that fails in every way servers fail: all come whole, or end in the right words."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

import pytest
from tests import hub as hubs
from tests.fetches import Request, State, drafts, ends, failed, fetch, net, work
from tests.hub import Fault
from tests.shop import bytes_of, large_n, page_path

from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.shelf import answers

pytestmark = pytest.mark.timeout(60)


async def test_the_bill_comes_first_then_everything_whole(shop):
    events = await fetch("net")
    bill = events[0].bill
    assert [file.path for file in bill.files] == ["net/net.pth", "net/voice.pt", "net/words.txt"]
    assert bill.to_download == large_n + 20_000 + 50_000 + 1000
    assert [licence.id for licence in bill.licences] == ["nc", "free"]
    assert bill.licences[0].commercial == pb.Licence.forbidden and bill.free_bytes > 0
    assert shop.is_right(*(file.path for file in bill.files)) and not drafts(shop)
    done = ends(events)
    assert {end.file.state for end in done.values()} == {State.whole}
    assert done["net/net.pth"].file.size == large_n and done["net/net.pth"].file.size_is_known
    assert done["net/words.txt"].file.learned_sum == f"sha256 {hubs.sha256(shop.content['net/words.txt'])}"
    assert not done["net/voice.pt"].file.learned_sum
    last = [event.progress for event in events if event.HasField("progress")][-1]
    assert last.all_done == last.all_size


async def test_what_is_here_is_not_asked_for_again(shop, hub):
    await fetch("net")
    hub.seen.clear()
    assert (await fetch("net"))[0].bill.to_download == 0
    assert not hub.seen


@pytest.mark.parametrize("hard", [False, True], ids=["end", "reset"])
@pytest.mark.parametrize("share", [round(0.05 * n, 2) for n in range(10)] + [0.51, 0.6, 0.75, 0.9, 0.99, 0.999])
async def test_a_cut_line_is_gone_on_with(shop, hub, share, hard):
    hub.fail(net, Fault(cut=int(share * large_n), hard=hard))
    await fetch("net")
    assert shop.is_right("net/net.pth")
    first, second = hub.asked(net)
    assert "range" not in first.headers
    if share and not hard:
        assert second.headers["range"] == f"bytes={int(share * large_n)}-"


async def test_twenty_cuts_in_a_row(shop, hub):
    hub.fail(net, *[Fault(cut=30_000) for _ in range(20)])
    await fetch("net")
    assert shop.is_right("net/net.pth")
    assert [each.headers.get("range") for each in hub.asked(net)] == [None] + [
        f"bytes={30_000 * n}-" for n in range(1, 21)
    ]


async def test_another_process_goes_on_where_one_stopped(shop, hub):
    hub.fail(net, Fault(cut=400_000), *[Fault(cut=0)] * 3)
    problem = await failed("net")
    assert problem.code == "E-NET" and problem.facts["share"] == "57 %"
    assert not (shop.folder / "net/net.pth").exists()
    assert (await work(Request.plan, "net"))[0].bill.files[0].state == State.partial
    later = await failed("net", environment={"HF_ENDPOINT": "http://127.0.0.1:9"})
    assert later.facts == {"name": "net/net.pth", "share": "55 %", "reason": "127.0.0.1 cannot be reached"}
    hub.seen.clear()
    await fetch("net")
    assert shop.is_right("net/net.pth") and hub.asked(net)[0].headers["range"] == "bytes=400000-"


async def test_who_stops_it_can_go_on(shop, hub):
    hub.always[net] = Fault(rate=300_000)
    events = answers.work(Request(work=Request.fetch, models=["net"], accepted_licences=["nc"]))
    async for event in events:
        if event.progress.done > 100_000:
            break
    await events.aclose()
    here = (shop.folder / "net/net.pth.part").stat().st_size
    assert 100_000 <= here < large_n
    assert shop.content["net/net.pth"].startswith((shop.folder / "net/net.pth.part").read_bytes())
    hub.always.clear()
    hub.seen.clear()
    await fetch("net")
    assert shop.is_right("net/net.pth") and hub.asked(net)[0].headers["range"] == f"bytes={here}-"


@pytest.mark.parametrize(
    "faults",
    [
        [Fault(stall=100_000)],
        [Fault(status=503)],
        [Fault(status=500), Fault(status=502), Fault(status=504)],
        [Fault(status=429, headers={"Retry-After": "0"})],
        [Fault(status=408)],
        [Fault(wrong=True)],
        [Fault(cut=300_000), Fault(whole=True)],
        [Fault(cut=300_000), Fault(shifted=1000)],
        [Fault(cut=300_000, wrong=True)],
        [Fault(cut=300_000), Fault(status=416)],
        [Fault(announced=large_n + 5000)],
    ],
    ids=lambda faults: "-".join(
        next(f"{k}" for k, v in vars(each).items() if v) + (str(each.status) if each.status else "") for each in faults
    ),
)
async def test_a_server_that_comes_to_its_senses(shop, hub, faults):
    hub.fail(net, *faults)
    await fetch("net")
    assert shop.is_right("net/net.pth") and not drafts(shop)


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (Fault(stall=0), "E-NET", "did not answer for 1 s"),
        (Fault(cut=0), "E-NET", "broke"),
        (Fault(cut=0, hard=True), "E-NET", "broke"),
        (Fault(status=503), "E-NET", "busy (it answered 503)"),
        (Fault(status=429), "E-NET", "busy (it answered 429)"),
        (Fault(status=404), "E-GONE", "answered 404"),
        (Fault(status=403), "E-GATE", "answered 403"),
        (Fault(status=401), "E-GATE", "answered 401"),
        (Fault(status=418), "E-HASH", "answered 418"),
        (Fault(wrong=True), "E-HASH", "and not"),
        (Fault(announced=10), "E-HASH", "10 bytes"),
        (Fault(redirect="ftp://elsewhere/x"), "E-HASH", "address"),
        (Fault(redirect=net), "E-HASH", "circles"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_server_that_does_not(shop, hub, fault, code, words):
    hub.always[net] = fault
    problem = await failed("net")
    assert (problem.code, problem.facts["name"]) == (code, "net/net.pth")
    assert words in problem.facts["reason"]
    assert not (shop.folder / "net/net.pth").exists() and not shop.wrong_files()


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
async def test_refused_before_the_first_byte(shop, hub, status):
    hub.files.pop(net)
    hub.always[net] = Fault(status=status)
    problem = await failed("net")
    assert problem.code == {401: "E-GATE", 403: "E-GATE", 404: "E-GONE"}.get(status, "E-NET")


async def test_lies_about_sizes_and_sums_are_found_out(shop, hub):
    hub.linked_size[net] = large_n // 10
    assert (await failed("net")).code == "E-HASH"
    hub.linked_size[net] = large_n + 500
    assert (await failed("net")).code == "E-HASH"
    hub.linked_size.clear()
    hub.linked_sum[net] = "a" * 64
    assert "sha256" in (await failed("net")).facts["reason"]
    hub.linked_sum["/makers/voice/resolve/main/voice.pt"] = "b" * 64
    hub.linked_sum.pop(net)
    problem = await failed("net")
    assert (problem.code, problem.facts["name"]) == ("E-HASH", "net/voice.pt")
    assert not hub.asked("/makers/voice/resolve/main/voice.pt")
    assert not shop.wrong_files()


async def test_another_file_than_was_published(shop, hub):
    other = bytes_of("another", large_n)
    hub.files[net] = other
    assert (await failed("net")).code == "E-HASH"
    hub.files[net] = other[:100]
    assert "about" in (await failed("net")).facts["reason"] or not shop.wrong_files()
    assert not (shop.folder / "net/net.pth").exists()


async def test_a_file_that_changed_on_the_server_is_not_sewn_together(shop, hub):
    hub.fail(page_path, Fault(cut=100_000), *[Fault(cut=0)] * 3)
    await failed("page")
    hub.files[page_path] = shop.content["other/page.ckpt"] = bytes_of("a new page", 300_000)
    await fetch("page")
    assert shop.is_right("other/page.ckpt")
    assert hub.asked(page_path)[-1].headers["if-range"]


async def test_a_page_of_words_instead_of_weights(shop, hub):
    hub.files[page_path] = b"<html>too many visitors</html>"
    problem = await failed("page")
    assert problem.code == "E-HASH" and "about" in problem.facts["reason"]
    hub.files[page_path] = bytes_of("page", 3_000_000)
    assert (await failed("page")).code == "E-HASH"
    assert sum(path.stat().st_size for path in shop.folder.rglob("*")) < 1_000_000


async def test_without_any_announced_length(shop, hub):
    async def no_lengths(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + shop.content["other/page.ckpt"])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(no_lengths, "127.0.0.1", 0)
    os.environ["FOLEYLINE_RELEASES"] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        await fetch("page")
    assert shop.is_right("other/page.ckpt")


async def test_the_first_download_of_an_unknown_sum_is_held_to(shop, hub):
    await fetch("page")
    record = json.loads((shop.folder / "other/page.ckpt.record.json").read_text())
    assert record["is_learned"] and record["sha256"] == hubs.sha256(shop.content["other/page.ckpt"])
    (shop.folder / "other/page.ckpt").unlink()
    hub.files[page_path] = bytes_of("changed", 300_000)
    assert (await failed("page")).code == "E-HASH"
    hub.files[page_path] = shop.content["other/page.ckpt"]
    await fetch("page")
    assert shop.is_right("other/page.ckpt")


async def test_a_disk_without_room_is_told_before(shop, hub, monkeypatch):
    monkeypatch.setattr("foleyline_engine.shelf.disk.free_n", lambda folder: 1000)
    problem = await failed("net")
    assert problem.code == "E-DISK" and "needed" in problem.facts["folder"]
    assert not hub.asked(net)


def test_a_disk_that_runs_full(shop):
    code = (
        "import asyncio, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000));"
        "from foleyline_engine.shelf import answers; from foleyline.v1 import engine_pb2 as pb\n"
        "async def main():\n"
        "  request = pb.FetchModelsRequest(work=1, models=['net'], accepted_licences=['nc'])\n"
        "  async for event in answers.work(request): pass\n"
        "asyncio.run(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, env=dict(os.environ)
    )
    assert "E-DISK" in done.stderr.splitlines()[-1], done.stderr
    part = (shop.folder / "net/net.pth.part").read_bytes()
    assert len(part) == 400_000 and shop.content["net/net.pth"].startswith(part)
    asyncio.run(fetch("net"))
    assert shop.is_right("net/net.pth")
