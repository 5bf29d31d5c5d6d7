"""The community's own settings, as config.yaml gives them: names, grids, categories, clocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time

from domain.calendar import Budget, Calendar, Frame
from domain.conversation import Names
from domain.digest import BY_DEFAULT
from domain.procedure import Voting


@dataclass(frozen=True)
class Category:
    """One kind of request, and the words by which it is recognised for now."""

    code: str
    name: Names
    keywords: tuple[str, ...]
    who: str  # the duty that handles it, as in the staff list's column "duties"
    preset: str = ""  # of the deadlines; empty: the ordinary ones


@dataclass(frozen=True)
class Preset:
    """The clocks of one kind of case (handbook: tickets 4.2). None: there is no such clock."""

    sign: Budget
    contact: Budget
    resolve: Budget
    level_1: Budget | None = None  # at the community; then it climbs to the street office
    level_2: Budget | None = None  # at the street office; then to the department
    warn: tuple[int, ...] = (50, 80)  # percent of sign and resolve


@dataclass(frozen=True)
class Deadlines:
    """How long each step may take, for all kinds of cases alike."""

    ordinary: Preset
    rework: Budget
    accept: Budget
    review: Budget
    wait: Budget
    confirm: Budget
    follow_up: Budget
    undo: Budget
    draft: Budget
    presets: Mapping[str, Preset] = field(default_factory=dict)


OF_PRESET = ("sign", "contact", "resolve", "level_1", "level_2")
OF_ALL = ("rework", "accept", "review", "wait", "confirm", "follow_up")


EMERGENCY = "emergency"  # the preset of cases that cannot wait for working hours


@dataclass(frozen=True)
class Emergencies:
    """Words by which danger is recognised, and words beside which they mean none."""

    words: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()  # if, drill, news, mended: a risk or the past, not danger now

    def __call__(self, text: str) -> bool:
        """Whether somebody is in danger now. Rather once too often than once too few."""
        lowered = text.lower()
        found = any(word in lowered for word in self.words)
        return found and not any(word in lowered for word in self.not_with)


FOUR_HOURS, TWO_HOURS = Budget(4, "hour"), Budget(2, "hour")


@dataclass(frozen=True)
class Groups:
    """How questions in group chats are looked after.

    People are awake from 8 to 21 (handbook: voting 4.3). How long a question may wait is the
    community's own promise: the handbook knows of no evidence for any number.
    """

    waking: Frame = (time(8), time(21))
    answer_within: Budget = FOUR_HOURS  # of waking time; then it is somebody's task
    climb_after: Budget = TWO_HOURS  # of waking time; then one more person hears of it


@dataclass(frozen=True)
class Community:
    code: str
    name: Names
    languages: tuple[str, ...]  # the first one is used where nobody said otherwise
    calendar: Calendar
    grids: Mapping[str, Names]
    categories: tuple[Category, ...]  # the last one takes what nothing else fits
    deadlines: Deadlines
    voting: Voting
    paces: Mapping[str, int] = field(default_factory=dict)  # channel -> messages a second
    quiet: tuple[Frame, ...] = ()  # one that ends before it begins goes on over midnight
    digest: str = BY_DEFAULT  # when groups hear their digest that have not said otherwise
    is_emergency: Emergencies = Emergencies()
    groups: Groups = Groups()
    ways: Mapping[str, str] = field(default_factory=dict)  # channel -> opens the bot with a code
    pages: str = ""  # where residents reach our pages from anywhere; empty: nowhere

    @property
    def waking(self) -> Calendar:
        """The hours in which people are awake, every day of the week, as working time."""
        return Calendar(self.calendar.zone, dict.fromkeys(range(7), (self.groups.waking,)))

    def awake(self, since: datetime, budget: Budget) -> datetime:
        """When so much waking time has passed."""
        return self.waking.use_up(since, self.waking.seconds(budget)).at

    @property
    def language(self) -> str:
        return self.languages[0]

    @property
    def grids_said(self) -> dict[str, str]:
        """The code of each grid by all that people call it."""
        return {
            name: code
            for code, names in self.grids.items()
            for name in (*names.by_language.values(), f"grid:{code}")
        }

    def category(self, code: str) -> Category:
        """The category with this code, or the last one: old cases outlive the configuration."""
        return next((c for c in self.categories if c.code == code), self.categories[-1])

    def preset(self, category: str) -> Preset:
        """The clocks of a case of this category."""
        chosen = self.category(category).preset
        return self.deadlines.presets.get(chosen, self.deadlines.ordinary)

    def budgets(self, category: str, *, emergency: bool = False) -> dict[str, str]:
        """Every clock's allowance by kind, as an event keeps it."""
        preset, common = self.preset(category), self.deadlines
        if emergency:
            preset = common.presets.get(EMERGENCY, preset)
        named = {name: getattr(preset, name) for name in OF_PRESET}
        named |= {name: getattr(common, name) for name in OF_ALL}
        # Done again, it never takes longer than at first (handbook: tickets 3.2, row 19).
        named["rework"] = min(common.rework, preset.resolve, key=lambda budget: budget.span)
        return {name: str(budget) for name, budget in named.items() if budget}

    def language_for(self, said: str | None) -> str:
        """Our language nearest to what a platform reports, such as ``zh-hans`` or ``en-GB``."""
        short = (said or "").lower().replace("_", "-").split("-")[0]
        return short if short in self.languages else self.language


def understand(text: str, categories: tuple[Category, ...]) -> Category:
    """The category of a resident's words; the last category when nothing fits.

    The longest keyword found wins, then the one said first. This one function is what a
    later model replaces.
    """
    lowered = text.lower()
    best: tuple[int, int, Category] | None = None
    for category in categories:
        for keyword in category.keywords:
            at = lowered.find(keyword)
            if at >= 0 and (best is None or (len(keyword), -at) > best[:2]):
                best = len(keyword), -at, category
    return best[2] if best else categories[-1]
