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
FIRST_CLIMB = 2  # the level after it
FOR_THE_ROLL = 1  # days between the end of the notice and the opening
REMARKS = frozenset({Event.LINK, Event.UNLINK})  # these change no deadline
HAVE_DAYS = frozenset({State.NOTICED, State.DECISION_PUBLISHED})  # and their budget after these


def times(matter: Matter, event: Event, community: Community, *, now: datetime) -> Matter:
    """The matter with the deadline of its stage, after a step at ``now``."""
    if event is Event.HAND_OVER:
        return replace(matter, next_at=matter.next_at or community.calendar.due(now, CLIMBS))
    if event in REMARKS or (event is Event.EDIT and matter.state in BEFORE_NOTICE):
        return matter
    due, look = _times(matter, event, community, now)
    return replace(matter, due_at=due, next_at=look)


def _times(
    matter: Matter, event: Event, community: Community, now: datetime
) -> tuple[datetime | None, datetime | None]:
    if matter.state in ENDED:
        return None, None
    if event is Event.CLIMB:
        return matter.due_at, community.calendar.due(now, _climbs_after(matter, community))
    match matter.state:
        case State.NOTICED:
            return matter.opens_at, matter.question.notice_ends_at
        case State.ROLL_FROZEN:
            return matter.opens_at, matter.opens_at
        case State.OPEN:
            return matter.closes_at, next_look(matter, community, now)
        case State.CLOSED:
            return now, now
        case State.COUNTED:
            due = _publication(matter, community, now)
        case State.DECISION_PUBLISHED:
            due = over(matter.question.shown_days, community.calendar, now)
        case _:
            due = community.calendar.due(now, community.voting.stages[matter.state])
    return due, due


def _climbs_after(matter: Matter, community: Community) -> Budget:
    """How long a stage stands still before the next hears of it; first its own budget, if any."""
    first = matter.level <= FIRST_CLIMB and matter.state in HAVE_DAYS
    return community.voting.stages[matter.state] if first else CLIMBS


def _publication(matter: Matter, community: Community, now: datetime) -> datetime:
    """The earliest by which law and community want the result published, from the close on."""
    voting, closed = community.voting, matter.closes_at or now
    budgets = voting.publication(voting.place_of(matter.question))
    return min(community.calendar.due(closed, budget) for budget in budgets)


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
    ends = over(question.notice_days, calendar, now)
    opens = ends.astimezone(calendar.zone).date() + FOR_THE_ROLL * DAY
    closes = opens + question.window_days * DAY
    return replace(
        question,
        notice_ends_at=ends,
        opens_at=at(opens, OPENS, calendar),
        closes_at=at(closes, CLOSES, calendar),
    )


def over(days: int, calendar: Calendar, now: datetime) -> datetime:
    """The midnight that ends so many days counted from today, which is none of them."""
    last = _with_work(now.astimezone(calendar.zone).date() + days * DAY, calendar)
    return at(last + DAY, time.min, calendar)


def years_before(moment: datetime, years: int) -> datetime:
    """The same day so many years before; of a 29 February the 28th."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)


def _with_work(day: date, calendar: Calendar) -> date:
    for ahead in range(31):
        if calendar.frames(day + ahead * DAY):
            return day + ahead * DAY
    return day


def at(day: date, clock: time, calendar: Calendar) -> datetime:
    return datetime.combine(day, clock, calendar.zone).astimezone(UTC)
