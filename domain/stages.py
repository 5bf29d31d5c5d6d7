"""When each stage of a matter is to be over, and when a timer has to look at it again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from domain.ballots import reminders
from domain.calendar import Budget, Calendar
from domain.community import Community
from domain.matters import BEFORE_NOTICE, ENDED, Event, Matter, State
from domain.question import Question

DAY = timedelta(days=1)
OPENS, CLOSES = time(9), time(20)  # local; out of the quiet hours
CLIMBS = Budget(2, "day", working=True)  # from one level to the next, of a stage that stands still
FOR_THE_ROLL = 1  # days between the end of the notice and the opening
KEEP = frozenset({Event.EDIT, Event.HAND_OVER})  # before the notice these change no deadline


def times(matter: Matter, event: Event, community: Community, *, now: datetime) -> Matter:
    """The matter with the deadline of its stage, after a step at ``now``."""
    if event in KEEP and matter.state in BEFORE_NOTICE:
        return matter
    due, look = _times(matter, event, community, now)
    return replace(matter, due_at=due, next_at=look)


def _times(
    matter: Matter, event: Event, community: Community, now: datetime
) -> tuple[datetime | None, datetime | None]:
    if matter.state in ENDED:
        return None, None
    if event is Event.CLIMB:
        return matter.due_at, community.calendar.due(now, CLIMBS)
    match matter.state:
        case State.NOTICED:
            return matter.opens_at, matter.question.notice_ends_at
        case State.ROLL_FROZEN:
            return matter.opens_at, matter.opens_at
        case State.OPEN:
            return matter.closes_at, next_look(matter, community, now)
        case State.CLOSED:
            return now, now
        case State.DECISION_PUBLISHED:
            shown = now + matter.question.shown_days * DAY
            return shown, shown
        case _:
            due = _after(community, matter.state, now)
            return due, due


def _after(community: Community, stage: State, now: datetime) -> datetime:
    return community.calendar.due(now, community.voting.stages[stage])


def next_look(matter: Matter, community: Community, now: datetime) -> datetime | None:
    """While people vote: the next reminder, the next posting of the head, or the close."""
    if matter.opens_at is None or matter.closes_at is None:
        return None
    moments = [*reminders(matter.opens_at, matter.closes_at), matter.closes_at]
    moments += postings(matter.opens_at, matter.closes_at, community)
    return min((m for m in moments if m > now), default=matter.closes_at)


def postings(opens: datetime, closes: datetime, community: Community) -> Iterator[datetime]:
    """Every evening between the opening and the close (handbook: voting 2.3, step 4)."""
    calendar = community.calendar
    day = opens.astimezone(calendar.zone).date()
    while (moment := at(day, community.voting.heads_at, calendar)) < closes:
        if moment > opens:
            yield moment
        day += DAY


def with_window(question: Question, calendar: Calendar, now: datetime) -> Question:
    """The question with the end of its notice and its window, counted from today.

    The first day does not count, and a last day without work moves to the next with work
    (民法典 Art. 201, 203). The roll is frozen on the day after the notice.
    """
    today = now.astimezone(calendar.zone).date()
    last = _with_work(today + question.notice_days * DAY, calendar)
    opens = last + (1 + FOR_THE_ROLL) * DAY
    closes = opens + question.window_days * DAY
    return replace(
        question,
        notice_ends_at=at(last + DAY, time.min, calendar),
        opens_at=at(opens, OPENS, calendar),
        closes_at=at(closes, CLOSES, calendar),
    )


def _with_work(day: date, calendar: Calendar) -> date:
    for ahead in range(31):
        if calendar.frames(day + ahead * DAY):
            return day + ahead * DAY
    return day


def at(day: date, clock: time, calendar: Calendar) -> datetime:
    return datetime.combine(day, clock, calendar.zone).astimezone(UTC)
