"""A button press out of Telegram's JSON, without the library's objects: presses are many at once.

Says the same as ``telegram_read`` on the library's reading, by which it is measured in tests.
"""

from contextlib import suppress
from typing import Any

from bot.channels.telegram_read import GROUPS, TELEGRAMS
from domain.conversation import Action, Address, Inbound


def read(raw: dict[str, Any]) -> Inbound | None:
    """None for what is no press, or not as Telegram writes one."""
    query = raw.get("callback_query")
    if not isinstance(query, dict):
        return None
    with suppress(LookupError, TypeError, AttributeError):
        return _press(str(raw["update_id"]), query)
    return None


def _press(update: str, query: dict[str, Any]) -> Inbound:
    sender, message = query["from"], query.get("message")
    chat = message["chat"] if message else None
    group = Address("telegram", str(chat["id"])) if chat and chat["type"] in GROUPS else None
    return Inbound(
        id=update,
        sender=Address("telegram", str(sender["id"])),
        group=group,
        action=_action(query.get("data") or ""),
        language=sender.get("language_code"),
        name=" ".join(filter(None, (sender["first_name"], sender.get("last_name")))),
    )


def _action(data: str) -> Action | None:
    """What a button carries is whatever a stranger's client chose to send."""
    with suppress(ValueError):
        action = Action.unpack(data)
        return None if isinstance(action, TELEGRAMS) else action
    return None
