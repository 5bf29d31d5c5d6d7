"""The ciphers of WeChat and WeCom beside two that nobody of ours wrote in Python, both ways.

Where node is: one by node's own crypto. Where `make partners` was run: @wecom/crypto as well.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.channels.wechat_gate import Gate, Keys
from bot.channels.wecom_gate import WeComGate
from tests import fake_wechat, fake_wecom
from tests.world import FakeClock

HERE = Path(__file__).parents[1] / "partners"
WECHAT = Keys(fake_wechat.APP_ID, fake_wechat.TOKEN, fake_wechat.AES_KEY)
WECOM = Keys(fake_wecom.CORP_ID, fake_wecom.TOKEN, fake_wecom.AES_KEY)
WORDS = ["", "a", "路灯坏了", "😀" * 7, "é" * 31, "楼" * 2000, *("x" * n for n in range(1, 70, 3))]


@pytest.mark.parametrize("partner", ["own", "package"])
@pytest.mark.parametrize("keys", [WECHAT, WECOM], ids=["wechat", "wecom"])
def test_what_one_seals_the_other_opens_and_both_sign_alike(keys: Keys, partner: str) -> None:
    clock = FakeClock()
    gate = Gate(keys, clock)
    stamp = str(int(clock().timestamp()))
    letter = {"FromUserName": "anna", "ToUserName": keys.app_id}
    replies = [_elements(gate.reply(letter, words, f"7{n}")) for n, words in enumerate(WORDS)]

    told = _told(partner, [
        {"key": keys.aes, "id": keys.app_id, "token": keys.token, "stamp": stamp,
         "nonce": reply["Nonce"], "theirs": reply["Encrypt"], "words": _letter(keys, words)}
        for words, reply in zip(WORDS, replies, strict=True)
    ])  # fmt: skip

    for words, reply, answer in zip(WORDS, replies, told, strict=True):
        assert (answer["id"], answer["theirs"]) == (keys.app_id, reply["MsgSignature"])
        assert f"<Content><![CDATA[{words}]]></Content>" in answer["message"]
        query = {"timestamp": stamp, "nonce": reply["Nonce"], "msg_signature": answer["signature"]}
        body = f"<xml><Encrypt><![CDATA[{answer['sealed']}]]></Encrypt></xml>".encode()
        assert gate.open(query, body).get("Content", "") == words


@pytest.mark.parametrize("partner", ["own", "package"])
def test_the_consoles_check_is_read_as_others_seal_it(partner: str) -> None:
    clock = FakeClock()
    stamp, theirs = str(int(clock().timestamp())), fake_wechat.Envelope(WECOM.app_id).seal("1")
    asked = {"key": WECOM.aes, "id": WECOM.app_id, "token": WECOM.token, "stamp": stamp}
    (told,) = _told(partner, [asked | {"nonce": "7", "theirs": theirs, "words": "8321"}])

    query = {"timestamp": stamp, "nonce": "7", "msg_signature": told["signature"]}
    assert WeComGate(WECOM, clock).echo(query | {"echostr": told["sealed"]}) == "8321"


def _told(partner: str, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    if partner == "package" and not (HERE / "node_modules" / "@wecom").is_dir():
        pytest.skip("no @wecom/crypto here: make partners")
    run = subprocess.run(
        [node, str(HERE / "cipher.js"), partner], input=json.dumps(asked), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    told: list[dict[str, Any]] = json.loads(run.stdout)
    return told


def _letter(keys: Keys, words: str) -> str:
    said = {
        "ToUserName": keys.app_id, "FromUserName": "anna", "CreateTime": "1772424000",
        "MsgType": "text", "Content": words, "MsgId": "23456789012345678",
    }  # fmt: skip
    return f"<xml>{''.join(f'<{n}><![CDATA[{t}]]></{n}>' for n, t in said.items())}</xml>"


def _elements(xml: str) -> dict[str, str]:
    return dict(re.findall(r"<(\w+)><!\[CDATA\[(.*?)\]\]></\1>", xml, re.DOTALL))
