"""A file as a host, held to the suite that every bridge is held to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import opentimelineio as otio
import pytest
from tests.bridges import conformance, cuts

from foleyline_plugin.hosts.file import FileHost


@pytest.fixture(params=conformance.rates, ids=str)
def bench(request, tmp_path) -> conformance.Bench:
    source = tmp_path / "Reel 2.otio"
    start = 3600 * round(request.param)
    otio.adapters.write_to_file(cuts.reference(request.param, start), str(source), "otio_json")
    return conformance.Bench(
        FileHost(source, tmp_path / "out" / "Reel 2_foley.otio"), tmp_path / "audio", request.param
    )


@pytest.mark.parametrize("scenario", conformance.scenarios, ids=lambda scenario: scenario.__name__)
async def test_a_file_does_as_every_host(
    scenario: Callable[[conformance.Case], Awaitable[None]], bench: conformance.Bench
):
    await conformance.run(scenario, bench)
