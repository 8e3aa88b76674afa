"""`foleyline models`: what is published, what it costs, getting it here, keeping it whole. The engine does the work."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import bills, downloads, engine

Request = pb.FetchModelsRequest
done, some_damaged, refused = 0, 1, 2
most_tries = 3
settled_s = 1.0
"""After which an engine that was killed holds nothing any more."""
sent = ("HF_", "TRANSFORMERS_OFFLINE", "FOLEYLINE_RELEASES", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
"""How variables begin that the engine is told of: it may have been started by a command that had others."""


def add_to(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listed = commands.add_parser("list", help="every published model: what it is for, its size, its licence")
    listed.set_defaults(command=_list)
    plan = commands.add_parser("plan", help="what a download would come to, before it begins")
    plan.set_defaults(command=_plan, work=Request.plan)
    fetch = commands.add_parser("fetch", help="download models; goes on where it was stopped")
    fetch.set_defaults(command=_fetch, work=Request.fetch)
    verify = commands.add_parser("verify", help="compare the sums of all that is here")
    verify.set_defaults(command=_verify, work=Request.verify)
    repair = commands.add_parser("repair", help="download again what is damaged or missing")
    repair.set_defaults(command=_fetch, work=Request.repair)
    remove = commands.add_parser("remove", help="take models away; what others share stays")
    remove.set_defaults(command=_remove, work=Request.remove)
    taken = commands.add_parser("import", help="take over files that lie elsewhere on this machine")
    taken.set_defaults(command=_import, work=Request.adopt)
    for each, names in ((plan, "+"), (fetch, "+"), (remove, "+"), (verify, "*"), (repair, "*")):
        each.add_argument("models", nargs=names, metavar="NAME", help="as in “foleyline models list”")
    taken.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder to look through")
    taken.add_argument("--model", action="append", default=[], dest="models", metavar="NAME", help="only files of it")
    for each in (fetch, repair, remove):
        each.add_argument("--yes", action="store_true", help="ask nothing; licences are accepted by their own option")
    for each in (plan, fetch, repair):
        each.add_argument("--offline", action="store_true", help="download nothing; look through the hub's cache only")
        _add_licences(each)
    for each in (listed, plan, fetch, verify, repair, remove, taken):
        each.add_argument("--json", action="store_true", help="one event a line")


def _add_licences(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--accept-licence",
        "--accept-license",
        nargs="+",
        default=[],
        dest="licences",
        metavar="ID",
        help="a licence that you have read and accept",
    )


async def _list(options: argparse.Namespace) -> int:
    async with _engine() as link:
        reply = await link.list_models()
    _check_folder(reply.folder)
    print(bills.as_json(reply) if options.json else bills.table(reply))
    return done


async def _plan(options: argparse.Namespace) -> int:
    bill = await _bill(options)
    print(bills.as_json(bill) if options.json else bills.told(bill))
    return done if bills.fits(bill) else some_damaged


async def _fetch(options: argparse.Namespace) -> int:
    accepted = list(options.licences)
    if options.work == Request.fetch:
        bill = await _bill(options)
        if bill.to_download:
            if not options.json:
                print(bills.told(bill))
            accepted += _agreed(bill, options)
    return await _follow(_request(options, accepted), options)


async def _verify(options: argparse.Namespace) -> int:
    return await _follow(_request(options), options)


async def _remove(options: argparse.Namespace) -> int:
    if not options.yes and not _said_yes(f"Remove {', '.join(options.models)} from this machine?"):
        raise FoleyError("E-ASK", what="Nothing was removed")
    return await _follow(_request(options), options)


async def _import(options: argparse.Namespace) -> int:
    request = _request(options)
    request.paths.extend(str(path.absolute()) for path in options.paths)
    seen = downloads.Seen()
    code = await _follow(request, options, seen)
    if not seen.whole:
        print("No file of a published model was found there.", file=sys.stderr)
        return refused
    return code


async def _bill(options: argparse.Namespace) -> pb.Bill:
    """The bill alone. Raises E-MODEL and whatever keeps the hub from being asked for a folder's files."""
    request = _request(options)
    request.work = Request.plan
    async with _engine() as link, aclosing(link.fetch_models(request)) as events:
        async for event in events:
            if event.HasField("bill"):
                _check_folder(event.bill.folder)
                return event.bill
    raise FoleyError("E-FAULT", reason="the engine sent no bill")


def _request(options: argparse.Namespace, accepted: Sequence[str] = ()) -> pb.FetchModelsRequest:
    environment = {name: value for name, value in os.environ.items() if name.upper().startswith(sent)}
    if getattr(options, "offline", False):
        environment["HF_HUB_OFFLINE"] = "1"
    return Request(work=options.work, models=options.models, accepted_licences=accepted, environment=environment)


def _agreed(bill: pb.Bill, options: argparse.Namespace) -> list[str]:
    """Licences accepted now, one question each. Raises E-ASK where nobody can be asked or the answer is no."""
    lacking = [each for each in bills.to_accept(bill) if each.id not in options.licences]
    if lacking and (options.yes or not sys.stdin.isatty()):
        ids, texts = " ".join(each.id for each in lacking), "; ".join(map(bills.licence, lacking))
        raise FoleyError("E-LICENCE", name=", ".join(options.models), licence=texts, ids=ids)
    accepted = []
    for licence in lacking:
        if not _said_yes(f"{bills.licence(licence)}. {licence.url}\nDo you accept this licence?"):
            raise FoleyError("E-ASK", what="Nothing was downloaded")
        accepted.append(licence.id)
    if not options.yes and not _said_yes("Download now?"):
        raise FoleyError("E-ASK", what="Nothing was downloaded")
    return accepted


def _said_yes(question: str) -> bool:
    """Raises E-ASK where there is nobody to be asked."""
    if not sys.stdin.isatty():
        raise FoleyError("E-ASK", what="Nothing was done")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


async def _follow(
    request: pb.FetchModelsRequest, options: argparse.Namespace, known: downloads.Seen | None = None
) -> int:
    """Shows what happens until it is done; an engine that goes away is started again and goes on."""
    seen = known or downloads.Seen()
    shown = downloads.shown(as_json=options.json, out=sys.stdout, seen=seen)
    try:
        for attempt in range(1, most_tries + 1):
            try:
                async with _engine() as link, aclosing(link.fetch_models(request)) as events:
                    async for event in events:
                        shown.event(event)
                return some_damaged if seen.damaged else done
            except engine.Lost:
                if attempt == most_tries:
                    raise FoleyError("E-ENGINE", reason="it went away three times while it worked on models") from None
                shown.say("The engine stopped; it is started again and goes on.")
                await asyncio.sleep(settled_s)
    except FoleyError as problem:
        if not options.json:
            raise
        shown.problem(problem)
        return refused
    finally:
        shown.close()
    return refused


@asynccontextmanager
async def _engine() -> AsyncIterator[engine.Engine]:
    link = await engine.connect()
    try:
        yield link
    finally:
        await link.close()


def _check_folder(folder: str) -> None:
    """Raises E-FOLDER where the engine that runs keeps its models elsewhere than this command was told."""
    told = os.environ.get("FOLEYLINE_MODELS")
    if told and Path(told).absolute() != Path(folder).absolute():
        raise FoleyError("E-FOLDER", folder=folder, told=told)
