# SPDX-License-Identifier: Apache-2.0
"""What Prometheus is told before an alarm, and where it comes close and there must be none."""

from typing import NamedTuple

WORKER = 'job="ceilobatch",service="agent",hostname="h",pool="ceilobatch",process="p0"'
THREAD = f'{WORKER},thread="t0"'
PROCESSOR = 'job="ceilobatch",service="processor",hostname="h",process="p0",thread="t0"'
CALL = f'{THREAD},namespace="ceilobatch.storage",plugin="sql",operation="store"'
LETTERS = 'ceilobatch_letters_waiting{job="ceilobatch",service="recovery",hostname="h"}'
RECEIVED = f"ceilobatch_requests_received_total{{{THREAD}}}"
FAILED = f"ceilobatch_requests_failed_total{{{THREAD}}}"
DEPTH = f"ceilobatch_queue_depth{{{THREAD}}}"
OPEN = f"ceilobatch_gate_open{{{THREAD}}}"
CLOSED_PROCESSOR = f"ceilobatch_gate_open{{{PROCESSOR}}}"
CALLS = f"ceilobatch_plugin_calls_total{{{CALL}}}"
ERRORS = f"ceilobatch_plugin_errors_total{{{CALL}}}"
BUILD = 'ceilobatch_build_info{job="ceilobatch",instance="h:8963",version="1"}'
SENT = f"ceilobatch_statsd_datagrams_total{{{WORKER}}}"
LOST = f"ceilobatch_statsd_lost_total{{{WORKER}}}"

Told = dict[str, str]


class Scene(NamedTuple):
    """Series by their values at each minute, in the notation of promtool.

    :ivar fires: the minute at which the alarm is on; None where it never is.
    :ivar quiet: a minute at which it is off.
    """

    alert: str
    told: Told
    fires: int | None
    quiet: int


def _up(value: str) -> Told:
    return {f'ceilobatch_worker_up{{{WORKER},instance="h:8963"}}': value}


def _buckets(fast: str, slow: str) -> Told:
    name = "ceilobatch_plugin_time_seconds_bucket"
    borders = {"1.073741824": fast, "17.179869184": slow, "+Inf": slow}
    return {f'{name}{{{CALL},le="{border}"}}': values for border, values in borders.items()}


SCENES = (
    Scene("CeilobatchDown", {'up{job="ceilobatch",instance="h:8963"}': "1 0x20"}, 4, 2),
    Scene("CeilobatchDown", {'up{job="node",instance="h:9100"}': "0x20"}, None, 10),
    Scene("CeilobatchNoWorkers", {BUILD: "1x20"}, 6, 4),
    Scene("CeilobatchNoWorkers", {BUILD: "1x20", **_up("0x20")}, 6, 4),
    Scene("CeilobatchNoWorkers", {BUILD: "1x20", **_up("1x20")}, None, 10),
    Scene("CeilobatchWorkerGone", _up("1x5 0x5"), 8, 6),
    Scene("CeilobatchWorkerGone", _up("1x5 _x20"), None, 15),
    Scene(
        "CeilobatchWorkerRestarting",
        {f"ceilobatch_worker_start_time_seconds{{{WORKER}}}": "1x5 2x2 3x2 4x40"},
        14,
        10,
    ),
    Scene(
        "CeilobatchWorkerRestarting",
        {f"ceilobatch_worker_start_time_seconds{{{WORKER}}}": "1x5 2x50"},
        None,
        8,
    ),
    Scene(
        "CeilobatchWorkerStalled", {f"ceilobatch_worker_idle_seconds{{{WORKER}}}": "1+60x9"}, 4, 2
    ),
    Scene("CeilobatchGateClosed", {OPEN: "1x5 0x20"}, 12, 9),
    Scene("CeilobatchGateClosed", {CLOSED_PROCESSOR: "0x20"}, 6, 3),
    Scene("CeilobatchGateClosed", {OPEN: "1 0x3 1 0x3 1 0x3 1x20"}, None, 12),
    Scene("CeilobatchBusLost", {f"ceilobatch_bus_connected{{{THREAD}}}": "1x5 0x20"}, 12, 9),
    Scene("CeilobatchNothingConsumed", {RECEIVED: "7x40", DEPTH: "5x40", OPEN: "1x40"}, 20, 9),
    Scene("CeilobatchNothingConsumed", {RECEIVED: "7x40", DEPTH: "0x40", OPEN: "1x40"}, None, 30),
    Scene("CeilobatchNothingConsumed", {RECEIVED: "7x40", DEPTH: "5x40", OPEN: "0x40"}, None, 30),
    Scene("CeilobatchNothingConsumed", {RECEIVED: "7+1x40", DEPTH: "5x40", OPEN: "1x40"}, None, 30),
    Scene("CeilobatchLagging", {f"ceilobatch_queue_lag_seconds{{{THREAD}}}": "0+60x60"}, 30, 20),
    Scene(
        "CeilobatchLedgerImbalance", {f"ceilobatch_ledger_imbalance{{{THREAD}}}": "0 -2x9"}, 4, 2
    ),
    Scene(
        "CeilobatchLedgerImbalance",
        {f"ceilobatch_ledger_imbalance{{{THREAD}}}": "0 9 0x9"},
        None,
        5,
    ),
    Scene("CeilobatchMessagesFailing", {RECEIVED: "0+100x60", FAILED: "0+2x60"}, 20, 10),
    Scene("CeilobatchMessagesFailing", {RECEIVED: "0+1000x60", FAILED: "0+2x60"}, None, 40),
    Scene("CeilobatchLettersGrowing", {LETTERS: "0+1x300"}, 200, 150),
    Scene("CeilobatchLettersGrowing", {LETTERS: "5x300"}, None, 200),
    Scene("CeilobatchLettersForgotten", {LETTERS: "3x1500"}, 1445, 1400),
    Scene("CeilobatchPluginErrors", {CALLS: "0+100x60", ERRORS: "0+10x60"}, 15, 8),
    Scene("CeilobatchPluginErrors", {CALLS: "0+100x60", ERRORS: "0+1x60"}, None, 30),
    Scene("CeilobatchStorageSlow", _buckets("0+8x60", "0+10x60"), 20, 10),
    Scene("CeilobatchStorageSlow", _buckets("0+10x60", "0+10x60"), None, 30),
    Scene(
        "CeilobatchProcessorBehind",
        {f"ceilobatch_periods_behind{{{PROCESSOR}}}": "9x150"},
        125,
        115,
    ),
    Scene(
        "CeilobatchProcessorBehind",
        {f"ceilobatch_periods_behind{{{PROCESSOR}}}": "9x49 0 9x58 0 9x60"},
        None,
        160,
    ),
    Scene("CeilobatchPeriodsParked", {f"ceilobatch_periods_parked{{{PROCESSOR}}}": "1x30"}, 16, 14),
    Scene("CeilobatchStatsdLoss", {SENT: "0+100x40", LOST: "0+2x40"}, 15, 8),
    Scene("CeilobatchStatsdLoss", {SENT: "0x40", LOST: "0+2x40"}, 15, 8),
    Scene("CeilobatchStatsdLoss", {SENT: "0+1000x40", LOST: "0+2x40"}, None, 30),
)
