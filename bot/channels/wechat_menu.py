"""The account's own menu: the four ways in, so that nobody has to know what to type.

WeChat takes three entries of at most 16 bytes, each with at most five below it
(developers.weixin.qq.com: custom menu), and WeCom the same; clients show a new one within a day.
"""

from typing import Any

from bot.channels.tencent import TokenApi
from casework.actions import Mine, WriteDraft
from casework.matter_actions import ShowMatters
from domain.conversation import Action, Phrase
from handlers.home import Help
from texts import Texts


async def offer_menu(
    api: TokenApi, texts: Texts, language: str, path: str = "/cgi-bin/menu/create", *,
    pages: str = "",
) -> None:  # fmt: skip
    """``pages``: where ours are, if its browser is known there.

    Raises TryLater, Unreachable or Unclear.
    """
    await api.call(path, {"button": entries(texts, language, pages)})


def entries(texts: Texts, language: str, pages: str = "") -> list[dict[str, Any]]:
    def entry(key: str, action: Action) -> dict[str, Any]:
        return {"type": "click", "name": texts.plain(language, Phrase(key)), "key": action.pack()}

    below = [entry("menu.vote", ShowMatters()), entry("menu.help", Help())]
    if pages:
        name = texts.plain(language, Phrase("menu.pages"))
        below.append({"type": "view", "name": name, "url": f"{pages}/me"})
    return [
        entry("menu.suggest", WriteDraft()),
        entry("menu.mine", Mine()),
        {"name": texts.plain(language, Phrase("menu.more")), "sub_button": below},
    ]
