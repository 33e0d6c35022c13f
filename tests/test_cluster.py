"""Suites on a Ray cluster: two nodes on this machine, a worker killed in the middle (extra `ray`)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.cluster import Cluster, _Batch
from eval.run import run_suite
from eval.suite import Entrant, Suite, TaskSet
from eval.worker import Settings
from synth.errors import InputError

NOISE = ("seconds", "seconds_to_solution", "peak_mb")
SUITE = Suite(
    [TaskSet("random", "csg2d", "random", 8)], [Entrant("mutation")], "test", seconds=100.0, executions=600, films=0
)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """Two nodes with one core each."""
    ray = pytest.importorskip("ray", reason="the extra ray is not installed")
    from ray.cluster_utils import Cluster as Nodes

    found = Nodes(initialize_head=True, head_node_args={"num_cpus": 1})
    found.add_node(num_cpus=1)
    ray.init(address=found.address, log_to_driver=False)
    yield found
    ray.shutdown()
    found.shutdown()


def rows(path: Path) -> dict[tuple[str, int], dict[str, Any]]:
    lines = [json.loads(line) for line in (path / "rows.jsonl").read_text().splitlines()]
    found = {(r["task"], r["seed"]): {k: v for k, v in r.items() if k not in NOISE} for r in lines}
    assert len(found) == len(lines)
    return found


def kill_a_worker(killed: list[int], until: float) -> None:
    """Kill the first process that measures, as soon as there is one."""
    import psutil

    while time.monotonic() < until and not killed:
        for process in psutil.Process().children(recursive=True):
            try:
                if any("ray::" in word and "_measure_batch" in word for word in process.cmdline()):
                    process.kill()
                    killed.append(process.pid)
                    return
            except psutil.Error:
                continue
        time.sleep(0.02)


@pytest.mark.timeout(500)
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_a_cluster_loses_no_row_when_a_worker_is_killed(nodes: Any, tmp_path: Path) -> None:
    run_suite(SUITE, tmp_path / "here")
    killed: list[int] = []
    killer = threading.Thread(target=kill_a_worker, args=(killed, time.monotonic() + 400))
    killer.start()
    run_suite(SUITE, tmp_path / "there", cluster=nodes.address)
    killer.join()
    assert killed and rows(tmp_path / "there") == rows(tmp_path / "here")


def test_without_a_cluster_there_is_one_line() -> None:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    with pytest.raises(InputError, match="no Ray cluster there"), Cluster("127.0.0.1:1", Settings()):
        pass


def test_what_is_late_is_run_a_second_time_only_once() -> None:
    from eval.sets import items_of
    from eval.units import units_of

    unit = units_of(SUITE, items_of(SUITE))[0]._replace(seconds=1.0)
    batch = _Batch([(0, unit)], given=0.0)
    assert not batch.late(10.0) and batch.late(1000.0)
    batch.twice = True
    assert not batch.late(1000.0)
