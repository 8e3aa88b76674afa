"""`foleyline`: generate, models, demo, doctor."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from foleyline import version
from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import errors, models, request
from .installation import command as installation
from .timing import rate_of

all_placed, some_problems, nothing_done, interrupted = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        outcome = options.command(options)
        return outcome if isinstance(outcome, int) else asyncio.run(outcome)
    except FoleyError as problem:
        print(errors.sentence(problem), file=sys.stderr)
        return nothing_done
    except KeyboardInterrupt:
        print("\nStopped. What was finished is kept; the same command goes on from here.", file=sys.stderr)
        return interrupted
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return interrupted


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("foleyline", description="Foley for the clips of a timeline.")
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_panel(commands.add_parser("panel", help="open the window, beside a timeline if you like"))
    _add_generate(commands.add_parser("generate", help="make Foley for timelines and movies"))

    models.add_to(commands.add_parser("models", help="the published models: sizes, licences, downloads"))

    _add_stems(commands.add_parser("stems", help="part production sound into dialogue and M&E"))

    demo = commands.add_parser("demo", help="render a short film and make Foley for it")
    demo.add_argument("--out", type=Path, default=Path("foleyline-demo"), metavar="DIR", help="%(default)s if not said")
    demo.add_argument("--json", action="store_true", help="one event a line")
    demo.set_defaults(command=_demo)

    doctor = commands.add_parser("doctor", help="what is installed, what is missing, what to do")
    doctor.add_argument("--stop-engine", action="store_true", help="stop the engine that runs, stuck or not")
    doctor.set_defaults(command=_doctor)

    installation.add_to(commands)
    return parser


def _add_panel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", nargs="?", type=Path, metavar="INPUT", help="a timeline or a movie")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where takes are written; beside the timeline if not said"
    )
    parser.add_argument("--bridge", action="store_true", help="an editing program has started this and speaks to it")
    parser.add_argument("--mailbox", type=Path, metavar="DIR", help="with --bridge: the folder it speaks through")
    parser.set_defaults(command=_panel)


def _add_generate(parser: argparse.ArgumentParser) -> None:
    _add_inputs(parser, "a timeline (.otio .otioz .otiod, FCP 7 .xml, .edl, .fcpxml) or a movie")
    _add_direction(parser)
    _add_models(parser)
    parser.add_argument("--json", action="store_true", help="one event a line")
    parser.set_defaults(command=_generate)


def _add_inputs(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "inputs",
        nargs="+",
        type=Path,
        metavar="INPUT",
        help=what,
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where everything is written")
    parser.add_argument(
        "--edl-rate",
        type=_rate,
        metavar="FPS",
        help="frames per second of an EDL, e.g. 25 or 30000/1001; guessed if not said",
    )


def _add_clips(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clips", default="*", metavar="GLOB", help="only clips of such names")
    parser.add_argument(
        "--handles",
        type=_count(0, 600),
        default=request.default_handles,
        metavar="FRAMES",
        help="sound beyond each end of a clip, as far as its media go (%(default)s)",
    )


def _add_stems(parser: argparse.ArgumentParser) -> None:
    _add_inputs(parser, "a timeline, a movie or a sound file")
    _add_clips(parser)
    parser.add_argument(
        "--separator",
        default="fill",
        help="what parts them: fill, bs-roformer, mel-band-roformer, roformer (%(default)s)",
    )
    parser.add_argument(
        "--only-voiced",
        action="store_true",
        help="touch nothing where no voice was heard; “fill” works like that in any case",
    )
    parser.add_argument("--json", action="store_true", help="one event a line")
    parser.set_defaults(command=_stems)


def _add_direction(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prompt", default="", metavar="TEXT", help="what should be heard")
    parser.add_argument("--negative-prompt", default="", metavar="TEXT", help="what should not be heard")
    _add_clips(parser)
    parser.add_argument("--takes", type=_count(1, 99), default=1, metavar="N", help="takes of each clip")
    parser.add_argument(
        "--seed",
        type=_count(0, 2**63),
        default=request.default_seed,
        metavar="N",
        help="of the first take (%(default)s)",
    )


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--generator", default="scratch", help="step 1 (%(default)s)")
    parser.add_argument("--judge", default="evidence", help="steps 0 and 2: evidence, omni, videollama2 (%(default)s)")
    parser.add_argument("--separator", default="fill", help="step 3 (%(default)s)")
    parser.add_argument("--silence", default="level", help="step 4: level, or mllm to ask the judge (%(default)s)")
    _add_judging(parser)
    parser.add_argument("--run", choices=request.runs, default="s4", help="how many of the steps (%(default)s)")
    parser.add_argument(
        "--fallback",
        choices=request.fallbacks,
        default="neg",
        help="if removing voices leaves silence: leave empty, keep the original, generate again (%(default)s)",
    )
    parser.add_argument(
        "--source",
        choices=request.sources,
        default="picture",
        help="make sound from the picture, or take voices out of the production sound (%(default)s)",
    )
    _add_numbers(parser)


def _add_judging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--judge-mode",
        choices=request.judge_modes,
        default="cot",
        help="the judge reasons before it answers, or names an option alone (%(default)s)",
    )
    parser.add_argument(
        "--plan",
        choices=request.plannings,
        default="check",
        help="see whether the judge agrees with the fixed plan, have it write its own, or ask nobody (%(default)s)",
    )
    parser.add_argument(
        "--judge-compat",
        action="store_true",
        help="show and play clips to the judge as its published code does, its faults included",
    )
    parser.add_argument(
        "--voices",
        choices=request.voices,
        default="judge",
        help="what becomes of voices: as the judge says, keep, or remove; a take that is there is gone on with",
    )


def _add_numbers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--steps",
        type=_count(1, 1000),
        default=request.default_steps,
        metavar="N",
        help="of a generator that denoises (%(default)s)",
    )
    parser.add_argument(
        "--guidance",
        type=_guidance,
        default=request.default_guidance,
        metavar="X",
        help="how strongly it follows picture and direction (%(default)s)",
    )
    parser.add_argument(
        "--mmaudio-compat",
        action="store_true",
        help="pick pictures and count lengths as the MMAudio demo does; a take may then end early, in silence",
    )
    parser.add_argument(
        "--only-voiced",
        action="store_true",
        help="take voices out where the judge heard them, and touch nothing else",
    )


def _count(least: int, most: int):
    def parse(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{number} is not between {least} and {most}")
        return number

    parse.__name__ = "number"
    return parse


def _guidance(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100")
    return number


def _rate(text: str) -> Fraction:
    try:
        return rate_of(float(Fraction(text)))
    except (ValueError, ZeroDivisionError, FoleyError) as error:
        raise argparse.ArgumentTypeError(f"{text} is no rate") from error


def template(options: argparse.Namespace) -> pb.GenerateRequest:
    """The parameters that all requests of this command share."""
    asked = request.default(options.out.absolute(), request.now_s())
    asked.prompt = options.prompt
    asked.negative_prompt = options.negative_prompt
    asked.generator = options.generator
    asked.judge = options.judge
    asked.separator = options.separator
    asked.silence = options.silence
    asked.run = request.runs[options.run]
    asked.fallback = request.fallbacks[options.fallback]
    asked.source = request.sources[options.source]
    asked.seed = options.seed
    asked.steps = options.steps
    asked.guidance = options.guidance
    asked.mmaudio_compat = options.mmaudio_compat
    asked.only_voiced = options.only_voiced
    asked.judge_mode = request.judge_modes[options.judge_mode]
    asked.judge_compat = options.judge_compat
    asked.planning = request.plannings[options.plan]
    asked.voices = request.voices[options.voices]
    return asked


def _panel(options: argparse.Namespace) -> int:
    try:
        from .ui import app
    except ImportError as error:
        raise FoleyError("E-MISSING", name="the panel", reason=f"{error}") from error
    out = options.out.absolute() if options.out else None
    return app.run(options.input, out, is_child=options.bridge, mailbox=options.mailbox)


async def _generate(options: argparse.Namespace) -> int:
    from . import batch, show

    asked = batch.Options(
        paths=options.inputs,
        out_dir=options.out.absolute(),
        template=template(options),
        clips=options.clips,
        takes=options.takes,
        handles=options.handles,
        edl_rate=options.edl_rate,
    )
    return await show.run(asked, as_json=options.json)


async def _stems(options: argparse.Namespace) -> int:
    from . import stems

    asked = stems.template(options.out.absolute(), options.separator, options.only_voiced)
    more = {"clips": options.clips, "handles": options.handles, "edl_rate": options.edl_rate}
    return await stems.run(stems.options(options.inputs, asked, **more), as_json=options.json)


async def _demo(options: argparse.Namespace) -> int:
    from . import demo

    return await demo.run(options.out.absolute(), as_json=options.json)


async def _doctor(options: argparse.Namespace) -> int:
    from . import doctor, engine

    if options.stop_engine:
        pid = engine.stop()
        print(f"The engine (process {pid}) was stopped." if pid else "No engine runs.")
        return all_placed
    findings = await doctor.examine()
    print(doctor.tell(findings))
    return some_problems if any(finding.state == "missing" for finding in findings) else all_placed


if __name__ == "__main__":
    raise SystemExit(main())
