"""Resolve's two bridges, held to the suite of every host, on the versions and editions that they are for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from tests.bridges import conformance
from tests.bridges.resolve.seats import host_of, seat

seats = [
    pytest.param(bridge, rate, version, edition, id=f"{bridge} {edition} {'.'.join(map(str, version))} at {rate}")
    for bridge, rate, version, edition in (
        ("python", conformance.rates[0], (21, 0, 4), "Studio"),
        ("python", conformance.rates[1], (20, 2), "free"),
        ("python", conformance.rates[2], (19, 0), "free"),
        ("lua", conformance.rates[0], (21, 1), "free"),
        ("lua", conformance.rates[2], (19, 0), "free"),
    )
]


@pytest.mark.parametrize(("bridge", "rate", "version", "edition"), seats)
@pytest.mark.parametrize("scenario", conformance.scenarios, ids=lambda scenario: scenario.__name__)
async def test_resolve_does_as_every_host(
    scenario: Callable[[conformance.Case], Awaitable[None]], bridge, rate, version, edition, tmp_path
):
    async with host_of(seat(rate, version, edition=edition), bridge) as host:
        await conformance.run(scenario, conformance.Bench(host, tmp_path, rate))
