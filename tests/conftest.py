"""Fixtures and settings of all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from synth import domains
from synth.domains import Domain, domain_names
from synth.domains import domain as get_domain

# before anything imports torch, whose threads get in each other's way at these sizes
os.environ.setdefault("OMP_NUM_THREADS", "1")
# a shell starts background jobs with interrupts ignored, and so would all that the tests start
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("synth", deadline=None, max_examples=50, derandomize="CI" in os.environ)
settings.load_profile("synth")
_OURS = domain_names()


def pytest_configure(config: pytest.Config) -> None:
    """Warnings are errors, but for those of the libraries' own start-up."""
    config.addinivalue_line("filterwarnings", "error")
    config.addinivalue_line("filterwarnings", "ignore:.torch.jit:DeprecationWarning")


@pytest.fixture(scope="session", params=[n for n in domain_names() if get_domain(n).random])
def domain(request: pytest.FixtureRequest) -> Domain:
    """Every domain, one after the other."""
    return get_domain(request.param)


@pytest.fixture(scope="session")
def csg2d() -> Domain:
    """The constructive geometry domain."""
    return get_domain("csg2d")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of development data, which is not part of the repository."""
    path = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"no development data at {path}")
    return path


@pytest.fixture(autouse=True)
def no_domains_left() -> Iterator[None]:
    """A domain that a test adds is gone after it."""
    yield
    if len(domain_names()) != len(_OURS):
        for forget in (domains._classes, domains.domain, domains.register):
            forget.cache_clear()
