"""Ray itself: started on this machine, or joined where it runs; quiet, and every trouble told in one line."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from gda_bench.errors import UserError

REACH_S = 5.0
"""So long a cluster may take to answer at all."""
ANSWER_S = 120.0
"""So long a node may take to answer: it starts a process, which loads numpy and all the rest."""
OBJECT_STORE_BYTES = 128 * 2**20
"""Shared memory of a Ray of our own: only cells and outcomes cross it, some KB each; results lie in the store."""


def connect(address: str | None) -> bool:
    """Join the cluster of that address, or start one on this machine; False where somebody has done so before.

    Raises UserError where there is none.
    """
    if ray.is_initialized():
        return False
    if address:
        _reach(address)
    else:  # others on this machine must not send it work; Ray itself would write a token into the home folder
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    own = {} if address else {"include_dashboard": False, "object_store_memory": OBJECT_STORE_BYTES}
    try:
        # "local" by name: $RAY_ADDRESS would send a laptop's study to a cluster
        ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
    except (ConnectionError, RuntimeError, ValueError, RayError) as error:
        what = f"--address {address}: no Ray cluster can be joined there" if address else "Ray cannot start here"
        raise UserError(f"{what} ({_lines(error)[0]})") from None
    return True


def nodes() -> list[dict[str, Any]]:
    """The nodes that can run cells: Ray's descriptions of them."""
    return [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1]


def lost_nodes() -> set[str]:
    """The nodes that the cluster has given up, by ids that never come back; none while it does not answer."""
    with suppress(RayError, ConnectionError, RuntimeError):
        return {node["NodeID"] for node in ray.nodes() if not node["Alive"]}
    return set()


def total(resource: str) -> float:
    """How much there is of it: `CPU` or `GPU` in pieces, on all nodes."""
    return float(sum(node["Resources"].get(resource, 0) for node in nodes()))


def largest_memory(gpus: float) -> int:
    """Bytes that a cell can have at most, on a node with so much of a GPU."""
    able = [node["Resources"] for node in nodes() if node["Resources"].get("GPU", 0) >= gpus]
    return int(max((resources.get("memory", 0) for resources in able), default=0))


def ask_nodes(question: Callable[..., str | None], *arguments: Any) -> None:
    """Ask every node, all at once; the answer is None, or what is wrong there. Raises UserError with the first."""
    asked = {}
    for node in nodes():
        there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        task = ray.remote(num_cpus=0, max_retries=0, scheduling_strategy=there)(question)
        asked[task.remote(*arguments)] = node
    ray.wait(list(asked), num_returns=len(asked), timeout=ANSWER_S)
    for answer, node in asked.items():
        name = f"node {node['NodeManagerHostname']} ({node['NodeManagerAddress']})"
        try:
            wrong = ray.get(answer, timeout=0)
        except RayError as error:
            wrong = f"cannot run gda-bench ({_lines(error)[-1]})"
        if wrong:
            raise UserError(f"{name} {wrong}")


def _reach(address: str) -> None:
    """Raises UserError at once where nobody listens: Ray itself would try for half a minute."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdigit() or not 0 < int(port) < 2**16:
        raise UserError(f"--address {address}: a cluster is named by host:port, as `ray start` prints it, or by auto")
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACH_S).close()
    except OSError as error:
        raise UserError(f"--address {address}: nobody answers there ({error.strerror or error})") from None


def _lines(error: BaseException) -> Sequence[str]:
    return [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
