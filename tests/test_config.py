"""config.yaml: what is accepted, and what the refusal of everything else says."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from bot.config import BadConfig, Config, load
from domain.calendar import Budget

SHIPPED = Path(__file__).parents[1] / "config.yaml"
KEY = {"LINLI_SECRET_KEY": "k" * 32}
TELEGRAM = KEY | {"LINLI_TELEGRAM_TOKEN": "201:a-token-that-nobody-has"}
WEBHOOK = TELEGRAM | {"LINLI_TELEGRAM_WEBHOOK_SECRET": "s3cret"}

SMALL = """
community: {code: garden, name: {zh: 花园}, languages: [zh]}
grids: {1: {zh: 一网格}}
categories:
  - {code: lift, name: {zh: 电梯}, who: lift, keywords: [电梯, Lift]}
  - {code: other, name: {zh: 其他}, who: other, keywords: []}
working_time: {monday: ["08:30-12:00"]}
"""

Write = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(text, "utf-8")
        return path

    return write


def refusal(path: Path, environ: dict[str, str] = KEY) -> list[str]:
    with pytest.raises(BadConfig) as refused:
        load(path, environ)
    return refused.value.problems


def changed(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


def test_the_config_that_linli_comes_with_is_accepted() -> None:
    config = load(SHIPPED, KEY)

    assert [c.code for c in config.community.categories][-1] == "other"
    assert len(config.community.categories) == 14
    assert set(config.community.grids) == {"1", "2", "3"}
    assert config.community.deadlines.ordinary.sign == Budget(4, "hour", working=True)
    assert config.community.calendar.overrides[date(2026, 10, 1)] == ()  # National Day
    assert not config.telegram.enabled


def test_a_small_config_gets_everything_else_by_itself(written: Write) -> None:
    config = load(written(SMALL), KEY)

    assert config.database_url == "sqlite+aiosqlite:///data/linli.db"
    assert config.web.port == 8080
    assert config.community.quiet == ((time(12), time(14)), (time(21), time(8)))
    assert config.community.digest == "weekly 5 18:00"
    assert str(config.community.calendar.zone) == "Asia/Shanghai"
    assert config.community.categories[0].keywords == ("电梯", "lift")


CASES = [
    ("deadlines: {sign: soon}", "deadlines.sign: 'soon' is not a duration such as '4 working ho"),
    ("deadlines: {sign: 4}", "deadlines.sign: 4 is not a duration such as '4 working hours'"),
    ("deadlines: {sing: 4 hours}", "deadlines.sing: is not a setting; known here are sign, cont"),
    ("colour: red", "colour: is not a setting; known here are community, grids"),
    ("web: {port: '8080'}", "web.port: '8080' should be a valid integer"),
    ("web: {port: 70000}", "web.port: 70000 should be less than or equal to 65535"),
    ("web: 8080", "web: 8080 is not a group of settings"),
    ("web: {public_url: example.org}", "web.public_url: 'example.org' is not an address such as"),
    ("quiet_hours: ['21-8']", "quiet_hours.1: '21-8' is not a time from beginning to end"),
    ("groups: {waking: '21:00-08:00'}", "groups.waking: '21:00-08:00' ends before it begins"),
    ("groups: {answer_within: 4}", "groups.answer_within: 4 is not a duration such as '4 working"),
    ("quiet_hours: ['09:00-09:00']", "quiet_hours.1: '09:00-09:00' is empty"),
    ("digest: {day: payday}", "digest.day: 'payday' should be 'monday', 'tuesday', 'wednesday'"),
    ("digest: {at: 18}", "digest.at: 18 is not a time in quotes such as '20:00'"),
    ("overrides: {tomorrow: []}", "overrides.tomorrow: 'tomorrow' is not a date such as '2026-1"),
    ("overrides: {2026-10-01: ['12:00-09:00']}", "overrides.2026-10-01.1: '12:00-09:00' ends be"),
    ("overrides: {2026-10-01: ['08:00-12:00', '11:00-13:00']}", "overlap at 11:00"),
    ("channels: {webchat: {enabled: 'yes'}}", "channels.webchat.enabled: 'yes' should be a valid"),
    ("channels: {webchat: {enabled: false}}", "channels: none is enabled"),
    ("channels: {telegram: {mode: push}}", "telegram.mode: 'push' should be 'polling' or 'webho"),
    ("channels: {telegram: {username: '@bot'}}", "username: '@bot' is not a name such as LinliG"),
    ("channels: {telegram: {per_second: 0}}", "telegram.per_second: 0 should be greater than or"),
    ("database: {url: 'mysql://x/y'}", "database.url: 'mysql://x/y' is not an address such as 's"),
]


@pytest.mark.parametrize(("line", "said"), CASES, ids=[line for line, _ in CASES])
def test_a_wrong_setting_is_named_with_what_is_allowed(
    written: Write, line: str, said: str
) -> None:
    problems = refusal(written(f"{SMALL}\n{line}\n"))

    assert len(problems) == 1
    assert said in problems[0]


CHANGES = [
    ("code: garden", "code: Garden 1", "community.code: 'Garden 1' is not a short word such as l"),
    ("code: garden, ", "", "community.code: missing; it needs a short word such"),
    ("languages: [zh]", "languages: [zh, fr]", "languages.2: 'fr' is not a language Linli speak"),
    ("languages: [zh]", "languages: [zh, en]", "grids.1: has no name in 'en'"),
    ("languages: [zh]", "languages: [zh], time_zone: Shanghai", "'Shanghai' is not an IANA time"),
    ("grids: {1: {zh: 一网格}}", "grids: {}", "grids: is empty; it needs a code and names for"),
    ("code: other", "code: lift", "categories.2.code: 'lift' is the code of categories.1 too"),
    ("keywords: []", "keywords: [电梯]", "categories.2.keywords: '电梯' is a keyword of 'lift' to"),
    ("[电梯, Lift]", "[]", "categories.1.keywords: is empty; only the last category"),
    ("[电梯, Lift]", "[119]", "categories.1.keywords: 119 is not a word; write numbers in quotes"),
    ("who: lift, ", "", "categories.1.who: missing; it needs a short word such as lift"),
    ("{monday: ['08:30-12:00']}".replace("'", '"'), "{}", "working_time: has no hours"),
    ("monday", "mondya", "working_time.mondya: is not a setting; known here are monday"),
    ("08:30-12:00", "08:30-25:00", "monday.1: '08:30-25:00' is not a time from opening to clos"),
]


@pytest.mark.parametrize(("old", "new", "said"), CHANGES, ids=[case[2] for case in CHANGES])
def test_a_contradiction_is_named_with_what_is_allowed(
    written: Write, old: str, new: str, said: str
) -> None:
    problems = refusal(written(changed(old, new)))

    assert any(said in problem for problem in problems), problems


def test_all_problems_are_told_at_once(written: Write) -> None:
    problems = refusal(written(f"{SMALL}\nweb: {{port: x, hots: y}}\ndeadlines: {{sign: soon}}\n"))

    assert [problem.split(":")[0] for problem in problems] == [
        "deadlines.sign",
        "web.port",
        "web.hots",
    ]


def test_a_key_that_stands_twice_is_refused_with_its_line(written: Write) -> None:
    problems = refusal(written(f"{SMALL}\nweb:\n  port: 1\n  port: 2\n"))

    assert problems[0].endswith("line 11: 'port' stands twice in one group of settings")


def test_a_slip_in_the_yaml_is_refused_with_its_line(written: Write) -> None:
    assert "line 3: " in refusal(written("web:\n  port: 1\n bad: [\n"))[0]


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n"])
def test_a_file_without_settings_is_refused(written: Write, text: str) -> None:
    assert "is empty" in refusal(written(text))[0]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "none.yaml")[0]


LEAKS = [
    ("channels: {telegram: {token: abc}}", "LINLI_TELEGRAM_TOKEN", "abc"),
    ("LINLI_SECRET_KEY: abcdefgh", "LINLI_SECRET_KEY", "abcdefgh"),
    (
        "channels: {telegram: {webhook: {url: 'https://a.b', secret: abcd}}}",
        "LINLI_TELEGRAM_WEBHOOK_SECRET",
        "abcd",
    ),
    ("database: {url: 'postgresql://linli:pa55@db/linli'}", "LINLI_DATABASE_URL", "pa55"),
    (
        "channels: {telegram: {username: '123456789:AAbbccddeeffgghhiijjkkllmmnnooppqq0'}}",
        "LINLI_TELEGRAM_TOKEN",
        "AAbbcc",
    ),
]


@pytest.mark.parametrize(("line", "variable", "secret"), LEAKS)
def test_a_secret_in_the_file_is_refused_and_not_repeated(
    written: Write, line: str, variable: str, secret: str
) -> None:
    problems = refusal(written(f"{SMALL}\n{line}\n"))

    assert f"set {variable} in the environment" in problems[0]
    assert secret not in "".join(problems)


def enabled(mode: str = "polling", webhook: str = "null") -> str:
    telegram = f"{{enabled: true, mode: {mode}, webhook: {webhook}}}"
    return f"{SMALL}\nchannels: {{telegram: {telegram}}}\n"


@pytest.mark.parametrize("key", [None, "", "short", "k" * 31])
def test_a_secret_key_that_is_missing_or_short_is_refused(written: Write, key: str | None) -> None:
    environ = {} if key is None else {"LINLI_SECRET_KEY": key}

    assert "LINLI_SECRET_KEY: is" in refusal(written(SMALL), environ)[0]


@pytest.mark.parametrize("token", ["", "201", "nonsense:token with spaces"])
def test_telegram_needs_a_token_that_looks_like_one(written: Write, token: str) -> None:
    problems = refusal(written(enabled()), KEY | {"LINLI_TELEGRAM_TOKEN": token})

    assert problems[0].startswith("LINLI_TELEGRAM_TOKEN: is not")
    assert "nonsense" not in problems[0]


WEBHOOKS = [
    ("null", "channels.telegram.webhook: missing"),
    ("{url: 'http://a.example'}", "is not an address that Telegram calls"),
    ("{url: 'https://a.example:8080'}", "one of the ports 443, 80, 88, 8443"),
    ("{url: 'https://a.example', path: hooks}", "webhook.path: 'hooks' is not a path such as"),
    ("{}", "webhook.url: missing; it needs the public address"),
]


@pytest.mark.parametrize(("webhook", "said"), WEBHOOKS)
def test_a_webhook_that_telegram_would_not_call_is_refused(
    written: Write, webhook: str, said: str
) -> None:
    assert said in refusal(written(enabled("webhook", webhook)), WEBHOOK)[0]


def test_a_webhook_needs_its_secret(written: Write) -> None:
    path = written(enabled("webhook", "{url: 'https://a.example:8443/'}"))

    assert refusal(path, TELEGRAM)[0].startswith("LINLI_TELEGRAM_WEBHOOK_SECRET: ")
    config = load(path, WEBHOOK)
    assert config.telegram.webhook is not None
    assert config.telegram.webhook.address == "https://a.example:8443/hooks/telegram"
    assert config.secrets.telegram_webhook == "s3cret"


def test_no_secret_is_shown_when_a_config_is_printed(written: Write) -> None:
    database = {"LINLI_DATABASE_URL": "postgresql://linli:pa55@db/linli"}
    config = load(written(enabled()), TELEGRAM | database)

    shown = repr(config)

    assert not [s for s in ("kkkk", "a-token", "pa55") if s in shown]
    assert config.database_url == "postgresql+asyncpg://linli:pa55@db/linli"


def test_the_environments_database_goes_before_the_files(written: Write) -> None:
    path = written(f"{SMALL}\ndatabase: {{url: 'sqlite:///here.db'}}\n")

    assert load(path, KEY).database_url == "sqlite+aiosqlite:///here.db"
    other = load(path, KEY | {"LINLI_DATABASE_URL": "postgres:///linli"})
    assert other.database_url == "postgresql+asyncpg:///linli"
    assert "LINLI_DATABASE_URL: " in refusal(path, KEY | {"LINLI_DATABASE_URL": "db"})[0]


def test_twenty_four_hundred_is_the_midnight_that_ends_the_day(written: Write) -> None:
    config: Config = load(written(changed("08:30-12:00", "18:00-24:00")), KEY)

    assert config.community.calendar.week[0] == ((time(18), time.max),)


WECHAT = """
channels:
  wechat: {enabled: true, app_id: wx0123456789abcdef}
"""
OF_WECHAT = KEY | {
    "LINLI_WECHAT_SECRET": "0" * 32,
    "LINLI_WECHAT_TOKEN": "linli2026",
    "LINLI_WECHAT_AES_KEY": "k" * 43,
}


def test_wechat_takes_its_secrets_from_the_environment(written: Write) -> None:
    config = load(written(SMALL + WECHAT), OF_WECHAT)

    assert (config.wechat.path, config.wechat.encrypts) == ("/hooks/wechat", True)
    assert config.secrets.wechat_aes == "k" * 43 and "k" * 43 not in repr(config)


def test_wechat_says_which_secret_is_missing_and_where_it_is_found(written: Write) -> None:
    assert refusal(written(SMALL + WECHAT), OF_WECHAT | {"LINLI_WECHAT_AES_KEY": "short"}) == [
        "LINLI_WECHAT_AES_KEY: is not what it should be; it needs the account's"
        " 消息加解密密钥 (EncodingAESKey), 43 letters and digits"
    ]
    plain = SMALL + WECHAT.replace("app_id", "mode: plain, app_id")
    without = {name: value for name, value in OF_WECHAT.items() if "AES" not in name}
    assert load(written(plain), without).secrets.wechat_aes == ""


def test_wechat_sends_people_back_to_an_address_it_knows(written: Write) -> None:
    logs_in = SMALL + WECHAT.replace("app_id", "web_login: true, app_id")
    assert refusal(written(logs_in), OF_WECHAT) == [
        "channels.wechat.web_login: needs web.public_url, to which WeChat sends people back"
    ]


def test_wechat_needs_to_know_its_account(written: Write) -> None:
    assert refusal(written(SMALL + "channels: {wechat: {enabled: true}}"), OF_WECHAT) == [
        "channels.wechat.app_id: missing; the account's console shows it under 基本配置"
    ]
    leaked = SMALL + "channels: {wechat: {secret: 0123}}"
    assert refusal(written(leaked), OF_WECHAT)[0].endswith(
        "set LINLI_WECHAT_SECRET in the environment"
    )


WECOM = """
channels:
  wecom: {enabled: true, corp_id: ww0123456789abcdef, agent_id: 1000002}
"""
OF_WECOM = KEY | {
    "LINLI_WECOM_SECRET": "s" * 43,
    "LINLI_WECOM_TOKEN": "linli2026",
    "LINLI_WECOM_AES_KEY": "k" * 43,
    "LINLI_WECOM_ROBOTS": "board=693a91f6-7ccc; gate-2=0ec2sifa-5aaa",
}


def test_wecom_takes_its_secrets_from_the_environment(written: Write) -> None:
    config = load(written(SMALL + WECOM), OF_WECOM)

    assert (config.wecom.agent_id, config.wecom.path) == (1000002, "/hooks/wecom")
    assert config.secrets.wecom_robots == {"board": "693a91f6-7ccc", "gate-2": "0ec2sifa-5aaa"}
    assert "k" * 43 not in repr(config) and "693a91f6" not in repr(config)


def test_wecom_says_what_is_missing_and_where_it_is_found(written: Write) -> None:
    wrong = {"LINLI_WECOM_SECRET": "short", "LINLI_WECOM_ROBOTS": "board 693a91f6-7ccc"}
    assert refusal(written(SMALL + WECOM), OF_WECOM | wrong) == [
        "LINLI_WECOM_SECRET: is not what it should be; it needs the account's Secret of the app,"
        " 43 characters",
        "LINLI_WECOM_ROBOTS: is not name=key;name=key with the keys of webhooks' URLs",
    ]
    assert refusal(written(SMALL + "channels: {wecom: {enabled: true}}"), OF_WECOM) == [
        "channels.wecom.corp_id: missing; the console shows it under 我的企业",
        "channels.wecom.agent_id: missing; the console shows it on the app's page",
    ]
    leaked = refusal(written(SMALL + "channels: {wecom: {secret: 0123}}"), OF_WECOM)
    assert leaked[0].endswith("set LINLI_WECOM_SECRET in the environment")


TEMPLATE = """
channels:
  wechat:
    enabled: true
    app_id: wx0123456789abcdef
    templates:
      vote: {id: VRR0UEO9, fields: {thing1: words, time2: at}}
"""


def test_a_template_of_wechat_says_which_keyword_holds_what(written: Write) -> None:
    template = load(written(SMALL + TEMPLATE), OF_WECHAT).wechat.templates["vote"].as_known()

    assert (template.id, template.long_term) == ("VRR0UEO9", False)
    assert template.fields == {"thing1": "words", "time2": "at"}


def test_a_template_of_wechat_puts_no_words_where_a_time_stands(written: Write) -> None:
    wrong = TEMPLATE.replace("time2: at", "time2: words")
    assert refusal(written(SMALL + wrong), OF_WECHAT) == [
        "channels.wechat.templates.vote.fields.time2: cannot hold 'words';"
        " a time or a date holds 'at', and only they do"
    ]
    unknown = refusal(written(SMALL + TEMPLATE.replace("thing1", "car_number1")), OF_WECHAT)
    assert unknown[0].startswith("channels.wechat.templates.vote.fields.car_number1")


def test_a_code_can_be_opened_where_telegram_has_a_name(written: Write) -> None:
    named = "channels: {telegram: {enabled: true, username: LinliGardenBot}}"

    assert load(written(SMALL + named), TELEGRAM).community.ways == {
        "telegram": "https://t.me/LinliGardenBot?start="
    }
    assert load(written(SMALL), KEY).community.ways == {}
