"""Who is away, and until when: new work goes to the deputy, old work is offered to them."""

from datetime import date, datetime, time, timedelta

from casework import steps
from casework.actions import Away, BackAtWork, Mine, TakeOver
from casework.views import case_cards
from domain.conversation import Blank, Choice, Phrase, Say
from domain.days import day_in
from domain.residents import HANDLERS, Staff, at_work, deputy_of, dispatcher
from domain.tickets import CAN_PASS, Event, Part, ReassignReason, Refusal
from handlers.turn import Routes, Turn
from storage.tickets import Case

LONGEST = timedelta(days=366)  # a year of leave; a slip of the pen goes further
MOST_AT_ONCE = 50  # cases in one update; the button stays for the rest


async def away(turn: Turn, action: Away) -> list[Say]:
    """With a day: away until its end, and the deputy and the dispatcher hear of it."""
    staff = turn.person.staff
    if staff is None or staff.role not in HANDLERS:
        return [turn.say("absence.only_staff")]
    if not turn.words.strip():
        return [await _who_is_away(turn, staff)]
    today = turn.now.astimezone(turn.community.calendar.zone).date()
    day, _ = day_in(turn.words, today)
    if day is None or not today <= day <= today + LONGEST:
        return [turn.say("absence.which_day")]
    await turn.uow.staff.away(staff.id, _end_of(turn, day))
    return await _gone(turn, staff, day)


def _end_of(turn: Turn, day: date) -> datetime:
    """The midnight after the last day away."""
    return datetime.combine(day + timedelta(days=1), time(), turn.community.calendar.zone)


def _last_day(turn: Turn, until: datetime) -> date:
    return (until.astimezone(turn.community.calendar.zone) - timedelta(days=1)).date()


async def _who_is_away(turn: Turn, me: Staff) -> Say:
    lines: list[Blank] = [
        Phrase("absence.line", {"holder": s.title, "until": _last_day(turn, s.away_until)})
        for s in await turn.uow.staff.all()
        if s.away_until is not None and s.is_away(turn.now)
    ]
    back = (Choice(Phrase("absence.button.back"), BackAtWork()),) if me.is_away(turn.now) else ()
    if not lines:
        return turn.say("absence.nobody")
    return turn.say("absence.list", choices=back, lines=tuple(lines))


async def _gone(turn: Turn, me: Staff, day: date) -> list[Say]:
    """The deputy is offered what is open; without one it stays, and the dispatcher knows."""
    everybody = await turn.uow.staff.all()
    deputy = deputy_of(me, everybody)
    there = deputy if deputy and at_work(deputy, [], turn.now) else None
    blanks: dict[str, Blank] = {
        "holder": me.title,
        "until": day,
        "count": await turn.uow.tickets.count_open(holder_id=me.id),
        "deputy": there.title if there else Phrase("absence.no_deputy"),
    }
    above = dispatcher([s for s in everybody if s.id != me.id], turn.now)
    says = [Say(turn.sender, "absence.noted", blanks)]
    if to := await steps.address_of(turn, there):
        says.append(Say(to, "absence.stand_in", blanks, _offer(me, blanks), card=_card(me)))
    if above != there and (to := await steps.address_of(turn, above)):
        says.append(Say(to, "absence.news", blanks))
    return says


def _offer(me: Staff, blanks: dict[str, Blank]) -> tuple[Choice, ...]:
    take = Choice(Phrase("absence.button.take_over", blanks), TakeOver(me.id))
    return (take,) if blanks["count"] else ()


def _card(away: Staff) -> str:
    return f"away:{away.id}"


async def back_at_work(turn: Turn, action: BackAtWork) -> list[Say]:
    me = turn.person.staff
    if me is None or not me.is_away(turn.now):
        return [turn.say("absence.not_away")]
    await turn.uow.staff.away(me.id, None)
    others = [s for s in await turn.uow.staff.all() if s.id != me.id]
    to = await steps.address_of(turn, dispatcher(others, turn.now))
    news = [Say(to, "absence.returned", {"holder": me.title})] if to else []
    return [turn.say("absence.back"), *news]


async def take_over(turn: Turn, action: TakeOver) -> list[Say]:
    """All that can go to somebody else now; what waits or is handled stays where it is."""
    me = turn.person.staff
    everybody = {s.id: s for s in await turn.uow.staff.all()}
    gone = everybody.get(action.staff)
    if me is None or gone is None or gone.deputy != me.id or not gone.is_away(turn.now):
        return [turn.say("absence.nothing_to_take")]
    says: list[Say] = []
    taken = 0
    for case in await turn.uow.tickets.held_by(gone.id, MOST_AT_ONCE, CAN_PASS):
        passed = await _pass(turn, case, me, everybody)
        taken += bool(passed)
        says += passed
    left = await turn.uow.tickets.count_open(holder_id=gone.id)
    blanks: dict[str, Blank] = {"holder": gone.title, "count": taken, "left": left}
    open_mine = (Choice(Phrase("home.button.mine"), Mine()),)
    return [Say(turn.sender, "absence.taken", blanks, open_mine, card=_card(gone)), *says]


async def _pass(turn: Turn, case: Case, to: Staff, staff: dict[int, Staff]) -> list[Say]:
    """As the dispatcher would: the deputy was appointed to this. Cards of the groups only."""
    also, away = frozenset({Part.DISPATCHER}), ReassignReason.AWAY
    outcome = await steps.do(turn, case, Event.REASSIGN, holder=to, also=also, reason=away)
    if isinstance(outcome, Refusal):
        return []
    cards = case_cards(outcome, turn.community, staff, await turn.uow.groups.of("staff"))
    news = await steps.followers(turn, outcome, "tickets.news_assigned", {"holder": to.title})
    return [*news, *cards]


ROUTES: Routes = {Away: away, BackAtWork: back_at_work, TakeOver: take_over}
