"""WeCom's part of the gate: always ciphered, for our CorpID, with what was chosen on a card."""

from typing import Any

from bot.channels.wechat_gate import Gate, Letter, Query, read_letter

CHOSEN = "OptionId"  # in the letter: what was chosen on a card with several options


class WeComGate(Gate):
    def _echoed(self, query: Query) -> str:
        """WeCom ciphers even what it wants to hear again (path/90238)."""
        sealed = query.get("echostr", "")
        self._signed(query, "msg_signature", sealed)
        self._fresh(query)
        return self._deciphered(sealed)

    def _letter(self, text: str) -> Letter:
        letter = read_letter(text)
        if letter.get("Event", "").lower() == "template_card_event":
            from wechatpy.parser import parse_message

            letter |= {CHOSEN: _chosen(parse_message(text)._data)}
        return letter


def _chosen(elements: dict[str, Any]) -> str:
    """The one option of the one question that our cards ask; empty for anything else."""
    found: Any = elements
    for name in ("SelectedItems", "SelectedItem", "OptionIds", "OptionId"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""
