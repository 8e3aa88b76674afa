"""Resolve's Python bridge, held to the suite of every host, on the versions and editions that it is for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from tests.bridges import conformance
from tests.bridges.resolve.seats import host_of, seat

seats = [
    pytest.param(rate, version, edition, id=f"{edition} {'.'.join(map(str, version))} at {rate}")
    for rate, version, edition in (
        (conformance.rates[0], (21, 0, 4), "Studio"),
        (conformance.rates[1], (20, 2), "free"),
        (conformance.rates[2], (19, 0), "free"),
    )
]


@pytest.mark.parametrize(("rate", "version", "edition"), seats)
@pytest.mark.parametrize("scenario", conformance.scenarios, ids=lambda scenario: scenario.__name__)
async def test_resolve_does_as_every_host(
    scenario: Callable[[conformance.Case], Awaitable[None]], rate, version, edition, tmp_path
):
    async with host_of(seat(rate, version, edition=edition)) as host:
        await conformance.run(scenario, conformance.Bench(host, tmp_path, rate))
