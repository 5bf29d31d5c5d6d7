"""What this process counts of itself, for Prometheus: no names, no chats, no numbers of rows.

Counting costs a few microseconds; what stands in the database is asked for when somebody looks.
Names follow Prometheus' own advice: https://prometheus.io/docs/practices/naming/
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)  # memory, processor time, open files, when it was started

BY_CHANNEL = ["channel"]
SEND_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
TIMER_SECONDS = (0.005, 0.02, 0.1, 0.5, 2, 10, 60)

RECEIVED = Counter(
    "linli_updates_received", "Kept, repeats included.", BY_CHANNEL, registry=REGISTRY
)
HANDLED = Counter("linli_updates_handled", "Done with.", BY_CHANNEL, registry=REGISTRY)
FAILED = Counter("linli_updates_failed", "Given up with an apology.", BY_CHANNEL, registry=REGISTRY)
SETTLED = Counter(
    "linli_messages", "Attempts to send, by what came of them.", ["channel", "state"],
    registry=REGISTRY,
)  # fmt: skip
SENDING = Histogram(
    "linli_send_seconds", "From handing a message to its platform to the answer.", BY_CHANNEL,
    buckets=SEND_SECONDS, registry=REGISTRY,
)  # fmt: skip
REFUSALS = Counter(
    "linli_refusals", "Too fast, said the platform (429).", BY_CHANNEL, registry=REGISTRY
)
TIMERS = Histogram(
    "linli_timer_seconds", "How long each timer took.", ["timer"], buckets=TIMER_SECONDS,
    registry=REGISTRY,
)  # fmt: skip
TICKED = Gauge(
    "linli_timer_last_success_timestamp_seconds", "When each timer last went through.", ["timer"],
    registry=REGISTRY,
)  # fmt: skip
RUNS_TIMERS = Gauge("linli_runs_timers", "1 in the process that runs them.", registry=REGISTRY)
LANES = Gauge("linli_lanes", "Chats whose updates are being handled.", registry=REGISTRY)
CLOCK = Gauge(
    "linli_clock_offset_seconds", "How far our clock is ahead of a platform's.", BY_CHANNEL,
    registry=REGISTRY,
)  # fmt: skip

# Of the database; set when somebody looks.
WAITING = Gauge("linli_inbox_waiting", "Updates kept and not handled yet.", registry=REGISTRY)
OLDEST_UPDATE = Gauge("linli_inbox_oldest_seconds", "Age of the oldest of them.", registry=REGISTRY)
OUTBOX = Gauge(
    "linli_outbox_messages", "Promised and not sent yet.", ["channel", "state"], registry=REGISTRY
)
OLDEST_MESSAGE = Gauge(
    "linli_outbox_oldest_seconds", "How long the oldest that may leave has waited.",
    registry=REGISTRY,
)  # fmt: skip
DATABASE = Gauge("linli_database_up", "1 while the database answers.", registry=REGISTRY)
