"""A suggestion put together privately, step by step, on one card that changes in place."""

from dataclasses import replace
from datetime import timedelta

from casework.actions import (
    AddToDraft,
    DropBegun,
    DropDraft,
    OpenAnyway,
    PickCategory,
    PickVisibility,
    SetCategory,
    SetVisibility,
    ShowDraft,
    SubmitDraft,
    SupportInstead,
    TakePlace,
    WriteDraft,
)
from casework.views import about
from domain.community import understand
from domain.conversation import Choice, Phrase, Say
from domain.tickets import Visibility
from handlers.opening import grid_here, open_case, support_case, to_join
from handlers.similar import told_before
from handlers.turn import Routes, Turn
from storage.drafts import Draft
from storage.tickets import Case

LONGEST = 2000  # characters of one suggestion
LONGEST_PLACE = 128
ALBUM = timedelta(seconds=5)  # in which the pictures of one album have come, each by itself


async def write_draft(turn: Turn, action: WriteDraft) -> list[Say]:
    """Begin a draft with these words, or add them to the one begun. Danger is a case at once."""
    words, photo = turn.words.strip(), await turn.enclosed()
    begun = await turn.uow.drafts.private(turn.person.id)
    if not words and photo is None and not turn.inbound.place:
        return [await turn.ask("suggestions.ask_words", WriteDraft())]
    danger = turn.community.is_emergency
    text = f"{begun.text}\n{words}".strip() if begun else words
    if danger(words) and not (danger(text) and len(text) <= LONGEST):
        begun, text = None, words  # nothing said before may hide it
    if len(text) > LONGEST:
        return [turn.say("suggestions.too_long", most=LONGEST)]
    draft = replace(
        begun or Draft(turn.uow.drafts.new_id(), turn.person.id, "", ""),
        text=text,
        category=_category(turn, begun, text),
    )
    draft = replace(draft, photo=photo or draft.photo, place=turn.inbound.place or draft.place)
    if danger(words):
        return await _open_at_once(turn, draft, begun)
    card = await _changed(turn, draft, fresh=True)
    return [] if begun and _of_the_same_album(turn, begun) else card


async def _open_at_once(turn: Turn, draft: Draft, begun: Draft | None) -> list[Say]:
    """Nobody has agreed yet that neighbours read it, so only people in charge do."""
    if draft.visibility is Visibility.PUBLIC:
        draft = replace(draft, visibility=Visibility.COMMITTEE)
    opened = await open_case(turn, draft, await grid_here(turn))
    if begun is None:
        return opened
    await turn.uow.drafts.drop(begun.id)
    return [*opened, _said(begun, turn, "suggestions.sent_on")]


def _category(turn: Turn, begun: Draft | None, words: str) -> str:
    """What the words are about, unless the author said before that it is something else."""
    categories = turn.community.categories
    if begun and begun.category != understand(begun.text, categories).code:
        return begun.category
    return understand(words, categories).code


def _of_the_same_album(turn: Turn, begun: Draft) -> bool:
    """One more picture without a word: the card that was sent a moment ago says the same."""
    more = begun.photo is not None and turn.inbound.photo is not None and not turn.words.strip()
    return more and begun.at is not None and turn.now - begun.at <= ALBUM


async def show_draft(turn: Turn, action: ShowDraft) -> list[Say]:
    draft = await _mine(turn, action.draft)
    return [_card(turn, draft)] if draft else _gone(turn)


async def pick_category(turn: Turn, action: PickCategory) -> list[Say]:
    draft = await _mine(turn, action.draft)
    if draft is None:
        return _gone(turn)
    categories = turn.community.categories
    choices = tuple(Choice(c.name, SetCategory(draft.id, c.code)) for c in categories)
    return [_picker(turn, draft, "suggestions.pick_category", choices)]


async def set_category(turn: Turn, action: SetCategory) -> list[Say]:
    draft = await _mine(turn, action.draft)
    known = {c.code for c in turn.community.categories}
    if draft is None or action.category not in known:
        return _gone(turn)
    return await _changed(turn, replace(draft, category=action.category))


async def pick_visibility(turn: Turn, action: PickVisibility) -> list[Say]:
    draft = await _mine(turn, action.draft)
    if draft is None:
        return _gone(turn)
    choices = tuple(
        Choice(Phrase(f"visibility.{v}"), SetVisibility(draft.id, v)) for v in Visibility
    )
    return [_picker(turn, draft, "suggestions.pick_visibility", choices)]


async def set_visibility(turn: Turn, action: SetVisibility) -> list[Say]:
    draft = await _mine(turn, action.draft)
    if draft is None or action.visibility not in set(Visibility):
        return _gone(turn)
    return await _changed(turn, replace(draft, visibility=Visibility(action.visibility)))


async def add_to_draft(turn: Turn, action: AddToDraft) -> list[Say]:
    if await _mine(turn, action.draft) is None:
        return _gone(turn)
    return [await turn.ask("suggestions.ask_place", TakePlace(action.draft))]


async def take_place(turn: Turn, action: TakePlace) -> list[Say]:
    draft = await _mine(turn, action.draft)
    if draft is None:
        return _gone(turn)
    place = turn.inbound.place or turn.words.strip()[:LONGEST_PLACE] or draft.place
    photo = await turn.enclosed() or draft.photo
    return await _changed(turn, replace(draft, place=place, photo=photo), fresh=True)


async def drop_draft(turn: Turn, action: DropDraft) -> list[Say]:
    draft = await _mine(turn, action.draft)
    if draft is None:
        return _gone(turn)
    await turn.uow.drafts.drop(draft.id)
    return [_said(draft, turn, "suggestions.dropped")]


async def drop_begun(turn: Turn, action: DropBegun) -> list[Say]:
    """Asked for no words, who writes 取消 means what they began to tell us, if they did."""
    begun = await turn.uow.drafts.private(turn.person.id)
    return await drop_draft(turn, DropDraft(begun.id)) if begun else [turn.say("home.cancelled")]


async def submit_draft(turn: Turn, action: SubmitDraft) -> list[Say]:
    """Show open cases that look alike first; without any, open the case."""
    draft = await _mine(turn, action.draft)
    if draft is None:
        return _gone(turn)
    if not draft.text and draft.photo is None:
        return [turn.say("suggestions.words_first")]
    grid = turn.person.household.grid if turn.person.household else None
    alike = await told_before(turn, draft.text, draft.category, grid)
    if alike:
        return [offer(turn, draft, alike)]
    return await _open(turn, draft)


async def open_anyway(turn: Turn, action: OpenAnyway) -> list[Say]:
    draft = await _mine(turn, action.draft)
    return await _open(turn, draft) if draft else _gone(turn)


async def support_instead(turn: Turn, action: SupportInstead) -> list[Say]:
    """The case is there already: join it, and keep nothing of the draft.

    Where it has ended meanwhile, the draft is all there is of what was said, and stays.
    """
    draft = await _mine(turn, action.draft)
    if draft is None:
        return _gone(turn)
    case = await to_join(turn, action.number)
    if isinstance(case, Say):
        return [case, *([] if draft.group else [replace(_card(turn, draft), fresh=True)])]
    await turn.uow.drafts.drop(draft.id)
    gone = _said(draft, turn, "suggestions.joined_instead", number=action.number)
    return [gone, *await support_case(turn, action.number)]


def offer(turn: Turn, draft: Draft, alike: list[Case]) -> Say:
    """Is it one of these? Asked where the draft was written."""
    lines = tuple(
        Phrase(
            "suggestions.alike_line",
            {"number": c.number, "summary": about(c), "supporters": c.ticket.supporters},
        )
        for c in alike
    )
    joins = tuple(
        Choice(
            Phrase("suggestions.button.same", {"number": c.number}),
            SupportInstead(draft.id, c.number),
        )
        for c in alike
    )
    none = Choice(Phrase("suggestions.button.none_of_these"), OpenAnyway(draft.id))
    return Say(
        draft.group or turn.sender,
        "suggestions.alike",
        {"cases": lines},
        (*joins, none),
        card=f"draft:{draft.id}",
    )


async def _open(turn: Turn, draft: Draft) -> list[Say]:
    await turn.uow.drafts.drop(draft.id)
    opened = await open_case(turn, draft, await grid_here(turn))
    return [_said(draft, turn, "suggestions.sent_on"), *opened]


async def _mine(turn: Turn, id: int) -> Draft | None:
    """The draft, if it still exists and this person wrote it."""
    draft = await turn.uow.drafts.get(id)
    return draft if draft and draft.person == turn.person.id else None


async def _changed(turn: Turn, draft: Draft, *, fresh: bool = False) -> list[Say]:
    await turn.uow.drafts.save(draft, turn.now)
    return [replace(_card(turn, draft), fresh=fresh)]


def _card(turn: Turn, draft: Draft) -> Say:
    """What the bot has understood so far, and everything that can be changed about it."""
    buttons = (
        ("suggestions.button.submit", SubmitDraft(draft.id)),
        ("suggestions.button.category", PickCategory(draft.id)),
        ("suggestions.button.add", AddToDraft(draft.id)),
        ("suggestions.button.visibility", PickVisibility(draft.id)),
        ("suggestions.button.drop", DropDraft(draft.id)),
    )
    return Say(
        turn.sender,
        "suggestions.draft",
        {
            "text": draft.text or Phrase("suggestions.no_words"),
            "category": turn.community.category(draft.category).name,
            "place": draft.place or Phrase("suggestions.no_place"),
            "photo": Phrase("suggestions.with_photo" if draft.photo else "suggestions.no_photo"),
            "visibility": Phrase(f"visibility.{draft.visibility}"),
        },
        tuple(Choice(Phrase(key), action) for key, action in buttons),
        card=f"draft:{draft.id}",
    )


def _picker(turn: Turn, draft: Draft, key: str, choices: tuple[Choice, ...]) -> Say:
    back = Choice(Phrase("home.back"), ShowDraft(draft.id))
    return Say(turn.sender, key, {}, (*choices, back), card=f"draft:{draft.id}")


def _said(draft: Draft, turn: Turn, key: str, **blanks: int) -> Say:
    """The draft's card, now that it is one no more."""
    return Say(draft.group or turn.sender, key, dict(blanks), card=f"draft:{draft.id}")


def _gone(turn: Turn) -> list[Say]:
    return [turn.say("suggestions.draft_gone")]


ROUTES: Routes = {
    WriteDraft: write_draft,
    ShowDraft: show_draft,
    PickCategory: pick_category,
    SetCategory: set_category,
    PickVisibility: pick_visibility,
    SetVisibility: set_visibility,
    AddToDraft: add_to_draft,
    TakePlace: take_place,
    DropDraft: drop_draft,
    DropBegun: drop_begun,
    SubmitDraft: submit_draft,
    OpenAnyway: open_anyway,
    SupportInstead: support_instead,
}
