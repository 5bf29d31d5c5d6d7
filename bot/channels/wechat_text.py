"""Words as WeChat takes them: plain, and so many bytes at once. No requests here."""

from texts import Rich, plain

TEXT_BYTES = 2048  # of one message, by test (handbook: platforms 3.2)
MOST_PIECES = 3  # of what a person may be sent five times
CUT_OFF = "…"


def pieces(rich: Rich) -> list[str]:
    """The text in messages that fit, parted at line ends; what is more than three is cut off."""
    left = plain(rich).strip() or CUT_OFF
    found: list[str] = []
    while left and len(found) < MOST_PIECES:
        piece = _fitting(left)
        left = left[len(piece) :].strip()
        found.append(piece.strip())
    if left:
        found[-1] = shortened(found[-1])
    return found


def shortened(piece: str) -> str:
    """The same with a sign at its end that there was more."""
    room = TEXT_BYTES - len(CUT_OFF.encode())
    return piece.encode()[:room].decode("utf-8", "ignore") + CUT_OFF


def _fitting(text: str) -> str:
    if len(text.encode()) <= TEXT_BYTES:
        return text
    most = text.encode()[:TEXT_BYTES].decode("utf-8", "ignore")
    for mark in "\n ":
        if (at := most.rfind(mark)) > 0 and most[:at].strip():
            return most[:at]
    return most
