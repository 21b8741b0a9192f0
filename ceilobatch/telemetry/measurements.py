# SPDX-License-Identifier: Apache-2.0
"""Every measurement there is, declared once."""

from ceilobatch.telemetry.measurement import Kind, Measurement, Merge

CALL = ("namespace", "plugin", "operation")


def _counter(
    name: str, unit: str, sentence: str, *dimensions: str, levels: bool = False
) -> Measurement:
    return Measurement(name, Kind.COUNTER, unit, sentence, dimensions, levels)


def _gauge(name: str, unit: str, sentence: str, merge: Merge = Merge.SUM) -> Measurement:
    return Measurement(name, Kind.GAUGE, unit, sentence, merge=merge)


def _time(name: str, sentence: str, *dimensions: str, levels: bool = False) -> Measurement:
    return Measurement(name, Kind.TIME, "seconds", sentence, dimensions, levels)


RECEIVED = _counter(
    "requests.received",
    "requests",
    "Messages taken in by the agent; periods of scopes that the processor set about.",
    levels=True,
)
COMPLETED = _counter(
    "requests.completed",
    "requests",
    "Messages, or periods of scopes, that were stored.",
    levels=True,
)
FAILED = _counter(
    "requests.failed",
    "requests",
    "Messages that went to recovery; retrievals that the processor's collector failed.",
    levels=True,
)
RETRIED = _counter(
    "requests.retried",
    "requests",
    "Messages given back to the bus, to come again; retrievals asked for again.",
    levels=True,
)
DUPLICATE = _counter(
    "requests.duplicate",
    "requests",
    "Messages that storage knew already; periods that another worker had stored.",
    levels=True,
)
DROPPED = _counter(
    "requests.dropped",
    "requests",
    "Messages, or periods, that were put aside without being stored, by reason.",
    "reason",
    levels=True,
)
REQUEST_TIME = _time(
    "request.time",
    "From taking in the first message of a batch to its acknowledgement, for each message of it; "
    "from setting about a period of a scope to storing it.",
    levels=True,
)
PLUGIN_CALLS = _counter("plugin.calls", "calls", "Calls of a plugin's operation.", *CALL)
PLUGIN_ITEMS = _counter("plugin.items", "items", "Items that those calls were given.", *CALL)
PLUGIN_ERRORS = _counter("plugin.errors", "calls", "Calls that ended in an exception.", *CALL)
PLUGIN_TIME = _time("plugin.time", "How long a call of a plugin's operation takes.", *CALL)
BATCHES = _counter(
    "batches.closed",
    "batches",
    "Batches handed to the handler, by what closed them: count, bytes, age or drain.",
    "trigger",
)
PENDING = _gauge("pending.messages", "messages", "Messages taken in and without an outcome yet.")
PENDING_AGE = _gauge(
    "pending.oldest_age",
    "seconds",
    "Since when the oldest of them has been waiting.",
    Merge.MAX,
)
QUEUE_DEPTH = _gauge(
    "queue.depth",
    "messages",
    "Messages that wait on the bus, as far as it tells; workers of one pool see the same queue.",
    Merge.MAX,
)
QUEUE_LAG = _gauge(
    "queue.lag",
    "seconds",
    "Age of what is taken in, by its own time stamp; 0 when nothing comes any more.",
    Merge.MAX,
)
CONNECTED = _gauge(
    "bus.connected", "1 or 0", "1 while the bus can be consumed from, 0 while lost.", Merge.MIN
)
GATE_OPEN = _gauge("gate.open", "1 or 0", "1 while the gate is open, 0 while closed.", Merge.MIN)
GATE_CLOSED_FOR = _gauge(
    "gate.closed_for", "seconds", "Since when the gate has been closed; 0 while open.", Merge.MAX
)
GATE_CLOSINGS = _counter("gate.closings", "times", "How often the gate was closed.")
IMBALANCE = _gauge(
    "ledger.imbalance",
    "messages",
    "Messages received that no outcome tells of; anything but 0 is a fault of Ceilobatch.",
)
LETTERS_WAITING = _gauge(
    "letters.waiting",
    "letters",
    "Letters in recovery that wait for a person; told by ceilobatch-api only.",
    Merge.MAX,
)
UNDER_WAY = _gauge("retrievals.under_way", "requests", "Requests to the collector in progress.")
SCOPES = _gauge("scopes.under_way", "scopes", "Scopes that this worker has periods to store of.")
BEHIND = _gauge("periods.behind", "periods", "Periods of scopes that are complete and not stored.")
PARKED = _gauge("periods.parked", "periods", "Periods whose retrieval fails again and again.")
UPTIME = _gauge("worker.uptime", "seconds", "Since the worker process was started.", Merge.MIN)
CPU = _counter("worker.cpu", "microseconds", "Processor time of the worker process.")
MEMORY = _gauge("worker.memory", "bytes", "Resident memory of the worker process.")
DATAGRAMS = _counter("statsd.datagrams", "datagrams", "Datagrams handed to the network.")
LOST = _counter("statsd.lost", "datagrams", "Datagrams that could not be sent.")

MEASUREMENTS = (
    RECEIVED,
    COMPLETED,
    FAILED,
    RETRIED,
    DUPLICATE,
    DROPPED,
    REQUEST_TIME,
    PLUGIN_CALLS,
    PLUGIN_ITEMS,
    PLUGIN_ERRORS,
    PLUGIN_TIME,
    BATCHES,
    PENDING,
    PENDING_AGE,
    QUEUE_DEPTH,
    QUEUE_LAG,
    CONNECTED,
    GATE_OPEN,
    GATE_CLOSED_FOR,
    GATE_CLOSINGS,
    IMBALANCE,
    LETTERS_WAITING,
    UNDER_WAY,
    SCOPES,
    BEHIND,
    PARKED,
    UPTIME,
    CPU,
    MEMORY,
    DATAGRAMS,
    LOST,
)
BY_NAME = {one.name: one for one in MEASUREMENTS}
