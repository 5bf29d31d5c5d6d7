"""One update of Telegram as an Inbound. Reads only what it is given and asks nobody."""

import re
from contextlib import suppress
from dataclasses import replace

from telegram import (
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberUpdated,
    Message,
    MessageEntity,
    Poll,
    Update,
    User,
)

from domain.conversation import Action, Address, Inbound
from domain.polls import Standing
from handlers.groups import BotAdded, BotLeft, GroupMoved
from handlers.polls import PollChanged
from handlers.residents import Blocked

GROUPS = (Chat.GROUP, Chat.SUPERGROUP)
TELEGRAMS = (BotAdded, BotLeft, GroupMoved, Blocked, PollChanged)  # only it may bring this news
COMMAND = re.compile(r"/(?P<name>[a-zA-Z0-9_]{1,64})(?:@(?P<bot>\w+))?")


def read(update: Update, me: User) -> Inbound | None:
    """Translate one update; None for what is not ours to answer.

    A button that we did not write, and a private message without anything we can read (a
    voice message, say), come through without an action and without words, to be answered
    politely.
    """
    if update.callback_query:
        return _press(update, update.callback_query)
    if update.my_chat_member:
        return _membership(update, update.my_chat_member)
    if update.message:
        return _message(update, update.message, me)
    if update.edited_message:
        return _edited(update, update.edited_message, me)
    return _poll(update, update.poll) if update.poll else None


def _press(update: Update, query: CallbackQuery) -> Inbound:
    """What ``telegram_press`` reads of most; the reference for it."""
    action: Action | None = None
    with suppress(ValueError):
        action = Action.unpack(query.data or "")
    if isinstance(action, TELEGRAMS):
        action = None
    chat = query.message.chat if query.message else None
    return _inbound(update, query.from_user, chat, action=action)


def _membership(update: Update, change: ChatMemberUpdated) -> Inbound | None:
    """The bot came or went. A mere change of its rights is nothing to answer."""
    was, now = _inside(change.old_chat_member), _inside(change.new_chat_member)
    action: Action | None = None
    if change.chat.type in GROUPS and was != now:
        action = BotAdded() if now else BotLeft()
    elif change.chat.type == Chat.PRIVATE and was and not now:
        action = Blocked()
    return _inbound(update, change.from_user, change.chat, action=action) if action else None


def _inside(member: ChatMember) -> bool:
    if member.status == ChatMember.RESTRICTED:
        return bool(getattr(member, "is_member", False))
    return member.status not in (ChatMember.LEFT, ChatMember.BANNED)


def _poll(update: Update, poll: Poll) -> Inbound:
    """How one of our polls stands. Nobody is behind it: our polls are anonymous."""
    counts = tuple(option.voter_count for option in poll.options)
    standing = Standing(poll.id, counts, poll.total_voter_count, poll.is_closed)
    itself = Address("telegram", "")
    return Inbound(str(update.update_id), itself, action=PollChanged(), poll=standing)


def _message(update: Update, message: Message, me: User) -> Inbound | None:
    if message.migrate_to_chat_id:
        moved = GroupMoved(to=str(message.migrate_to_chat_id))
        return _inbound(update, message.from_user or me, message.chat, action=moved)
    person = _person(message)
    if message.chat.type not in (*GROUPS, Chat.PRIVATE) or person is None:
        return None
    return _words(update, message, person, me)


def _edited(update: Update, message: Message, me: User) -> Inbound | None:
    """Other words for what was said in a group. What was said to us alone has been answered."""
    said = _message(update, message, me) if message.chat.type in GROUPS else None
    return replace(said, edited=True) if said else None


def _person(message: Message) -> User | None:
    """Not a bot, a channel or an anonymous admin: there is nobody to write back to."""
    sender = message.from_user
    return None if sender is None or sender.is_bot or message.sender_chat else sender


def _words(update: Update, message: Message, person: User, me: User) -> Inbound | None:
    text, named = _without_mentions(message, me)
    command = COMMAND.match(text) if _begins_with_command(message, text) else None
    if command and command["bot"]:
        if command["bot"].casefold() != (me.username or "").casefold():
            return None  # meant for another bot
        text = f"/{command['name']}{text[command.end() :]}"
    if not (text or named or message.photo or message.location) and not _unreadable(message):
        return None
    return _inbound(
        update,
        person,
        message.chat,
        text=text,
        message=message,
        to_bot=named or command is not None,
        answers=_answers(message, me),
    )


def _without_mentions(message: Message, me: User) -> tuple[str, bool]:
    """The words without the bot's own name, and whether it was there."""
    text = message.text or message.caption or ""
    spots = [e for e in message.entities or message.caption_entities if _names(e, text, me)]
    if not spots:
        return text.strip(), False
    for spot in sorted(spots, key=lambda e: e.offset, reverse=True):
        after = _part(text, spot.offset + spot.length, None)
        text = _part(text, 0, spot.offset) + after.removeprefix(" ")
    return text.strip(), True


def _names(entity: MessageEntity, text: str, me: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    if entity.type != MessageEntity.MENTION:
        return False
    name = _part(text, entity.offset, entity.offset + entity.length)
    return name.casefold() == f"@{me.username}".casefold()


def _part(text: str, start: int, end: int | None) -> str:
    """A part of the text by UTF-16 code units, in which Telegram counts."""
    units = text.encode("utf-16-le", "replace")
    return units[2 * start : None if end is None else 2 * end].decode("utf-16-le", "replace")


def _begins_with_command(message: Message, text: str) -> bool:
    """Telegram knows best what a command is: "/3" or "/suggest路灯" is none."""
    entities = message.entities or message.caption_entities
    return text.startswith("/") and any(e.type == MessageEntity.BOT_COMMAND for e in entities)


def _answers(message: Message, me: User) -> bool:
    replied = message.reply_to_message
    return bool(replied and replied.from_user and replied.from_user.id == me.id)


def _unreadable(message: Message) -> bool:
    """Neither words, picture nor place: anything sent to the bot alone; a voice in a group."""
    if message.chat.type == Chat.PRIVATE:
        return bool(message.effective_attachment)
    return bool(message.voice or message.video_note or message.video or message.document)


def _inbound(
    update: Update,
    sender: User,
    chat: Chat | None,
    *,
    action: Action | None = None,
    text: str = "",
    message: Message | None = None,
    to_bot: bool = False,
    answers: bool = False,
) -> Inbound:
    group = Address("telegram", str(chat.id)) if chat and chat.type in GROUPS else None
    return Inbound(
        id=str(update.update_id),
        sender=Address("telegram", str(sender.id)),
        group=group,
        text=text,
        action=action,
        photo=_largest(message),
        place=_place(message),
        quoted=_quoted(message),
        to_bot=to_bot,
        answers=answers,
        language=sender.language_code,
        name=sender.full_name,
        message=str(message.message_id) if group and message else "",
        replies_to=_replied(message) if group else "",
        passed_on=bool(message and message.forward_origin),
    )


def _largest(message: Message | None) -> str | None:
    if message is None or not message.photo:
        return None
    return max(message.photo, key=lambda size: size.width * size.height).file_id


def _place(message: Message | None) -> str | None:
    if message is None or message.location is None:
        return None
    return f"{message.location.latitude},{message.location.longitude}"


def _quoted(message: Message | None) -> str:
    replied = message.reply_to_message if message else None
    return (replied.text or replied.caption or "") if replied else ""


def _replied(message: Message | None) -> str:
    replied = message.reply_to_message if message else None
    if replied is None or replied.forum_topic_created:
        return ""  # in a topic of a forum everything points at the topic's beginning
    return str(replied.message_id)
