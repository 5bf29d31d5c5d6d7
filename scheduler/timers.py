"""Every timer and how often it runs. Start reading here.

A timer is a query for what is due and not yet done, so a missed or doubled tick is harmless.
"""

from datetime import timedelta

from scheduler import (
    budget,
    calendar,
    digest,
    doubts,
    health,
    matters,
    meetings,
    notices,
    objections,
    polls,
    questions,
    retention,
    routing,
    tickets,
    upkeep,
)

TIMERS = {
    tickets.hear_clocks: timedelta(seconds=20),
    matters.move_matters: timedelta(seconds=20),
    doubts.look_for_doubts: timedelta(minutes=1),
    polls.close_polls: timedelta(seconds=30),
    objections.hear_objections: timedelta(minutes=1),
    questions.raise_questions: timedelta(seconds=30),
    questions.tell_unheard: timedelta(minutes=10),
    notices.send_notices: timedelta(seconds=notices.EVERY),
    digest.write_digests: timedelta(minutes=1),
    health.look_at_groups: timedelta(minutes=1),
    health.end_steps: timedelta(minutes=2),
    meetings.hold_meetings: timedelta(minutes=1),
    routing.send_elsewhere: timedelta(minutes=1),
    budget.release_held: timedelta(minutes=1),
    budget.forget_counts: timedelta(hours=12),
    upkeep.recover_sending: timedelta(seconds=30),
    upkeep.follow_clock: timedelta(seconds=30),
    upkeep.drop_drafts: timedelta(minutes=15),
    retention.destroy_details: timedelta(minutes=10),
    upkeep.forget_handled: timedelta(hours=6),
    calendar.warn_of_unknown_year: timedelta(hours=1),
}
