"""Every command of linli with its options and its help, and nothing else; some in ``operating``.

What a command does stands in the file of its name, which is imported when it is called:
--help answers at once.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.operating import operating
from bot.cli.options import DEFAULT_CONFIG, ConfigPath, Yes
from domain.conversation import LARGEST
from domain.rates import By

File = Annotated[Path, typer.Argument(help="A CSV or XLSX file.", metavar="FILE")]
JsonFile = Annotated[Path, typer.Argument(help="A JSON file; - reads standard input.")]
DAYS = ["%Y-%m-%d"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they may hold secrets and names
    help=(
        "Linli 邻里: residents say what they need, the committee answers.\n\n"
        "First try it: linli demo. Then edit config.yaml, import the lists of households, staff"
        " and groups, print the invitations, see with linli check what would work, and start it"
        " with linli run.\n\n"
        "Secrets come from the environment: LINLI_SECRET_KEY, LINLI_TELEGRAM_TOKEN,"
        " LINLI_TELEGRAM_WEBHOOK_SECRET, LINLI_WECHAT_SECRET, LINLI_WECHAT_TOKEN,"
        " LINLI_WECHAT_AES_KEY, LINLI_WECOM_SECRET, LINLI_WECOM_TOKEN, LINLI_WECOM_AES_KEY,"
        " LINLI_WECOM_ROBOTS, LINLI_DATABASE_URL, LINLI_METRICS_TOKEN."
    ),
)
importing = typer.Typer(
    no_args_is_help=True,
    help="Bring along the lists of households, owners, staff, organisations, delegates and groups"
    " (CSV or XLSX).",
)
wechatting = typer.Typer(no_args_is_help=True, help="Set up the WeChat Official Account.")
wecoming = typer.Typer(no_args_is_help=True, help="Set up the app in WeCom (企业微信).")
reporting = typer.Typer(no_args_is_help=True, help="What the community may publish of its work.")


@app.command()
def run(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Start Linli: database, channels, timers and web pages in one process.

    Brings the database up to date first. A configuration with anything wrong in it is
    refused: each line says the key, the value and what is allowed (exit code 2). Ctrl-C
    stops it cleanly; what was accepted is kept.
    """
    from bot.cli.run import start

    start(config)


@app.command()
def check(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Say what would work, without starting or changing anything.

    ✓ works, ✗ would not work, · is worth knowing. Looks at the configuration, the secrets,
    the database and its tables, Telegram's token, webhook and clock, the accounts of WeChat
    and WeCom, the staff and the groups. The exit code is 1 when anything needed would not work.
    """
    from bot.cli.check import look

    look(config)


app.add_typer(operating)
app.add_typer(wechatting, name="wechat")


@wechatting.command()
def menu(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Set the account's menu: 提建议, 我的事项, and 更多 with 投票 and 帮助.

    Replaces the menu it had. What each entry does is what typing its name does.
    """
    from bot.cli import wechat

    wechat.set_menu(config)


app.add_typer(wecoming, name="wecom")


@wecoming.command("menu")
def wecom_menu(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Set the app's menu: 提建议, 我的事项, and 更多 with 投票 and 帮助.

    Replaces the menu it had. What each entry does is what typing its name does.
    """
    from bot.cli import wecom

    wecom.set_menu(config)


@wecoming.command()
def group(
    name: Annotated[str, typer.Argument(help="What the group is called, such as 值班.")],
    members: Annotated[str, typer.Option(help="Their 账号 (UserID), with commas between.")],
    stands_for: Annotated[
        str, typer.Option("--for", help="staff, community, building:3 or grid:1.")
    ] = "staff",
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Make an internal group chat in which the app speaks, and say what it stands for.

    The first of the members owns it. The app must be visible to the whole company
    (可见范围: the root), or WeCom refuses. Nothing that is written there reaches Linli.
    """
    from bot.cli import wecom

    wecom.make_group(name, members, stands_for, config)


app.add_typer(importing, name="import")


@importing.command()
def households(file: File, yes: Yes = False, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Households: building, unit, room, area, grid, owner, phone, adults.

    The area is in m² with at most two decimals; the grid is one of config.yaml, and a
    building belongs to exactly one. The owner is kept encrypted; of the phone only a keyed
    hash is kept, so delete the file afterwards. Both may be empty. Adults is how many
    residents of 18 and older live there: a residents' meeting counts all of them, and
    without it none can be held. The column may lack, and what is empty stays as it was.

    Columns may stand in any order and be called 楼栋, 单元, 房号, 面积, 网格, 业主, 电话,
    成年人数. A list with any bad row is refused as a whole, with every bad row named.
    Households that the list leaves out stay.
    """
    from bot.cli import imports

    imports.households(file, yes, config)


@importing.command()
def staff(file: File, yes: Yes = False, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Staff: name, role, duties, grids, deputy, account.

    The role is member, secretary, admin or auditor. Duties are the "who" of the categories
    in config.yaml; duties and grids are separated by ; or are * for all. The deputy is a
    name of this list or of somebody appointed already. The account, such as telegram:201,
    may be empty: then they join with a code from "linli invites --staff".

    Columns may be called 姓名, 角色, 职责, 网格, 代理, 账号. A name stands for one person: listing
    it again changes the appointment, and another account moves it there. Staff that the
    list leaves out stay.
    """
    from bot.cli import imports

    imports.staff(file, yes, config)


@importing.command()
def organisations(file: File, yes: Yes = False, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Organisations beside and above the community: name, level, staff.

    The level is property, street or department (物业, 街道, 部门). Staff are names of the staff
    list with ; between: members who answer for the organisation. A case that is late or beyond
    the community's powers goes up to the street and the departments, by their duties. People of
    the property company handle cases; they can be nobody's proxy and write down nobody's ballot.

    Columns may be called 名称, 层级, 人员. This list is the whole of it: members it leaves out
    are the community's again.
    """
    from bot.cli import imports

    imports.organisations(file, yes, config)


@importing.command()
def owners(file: File, yes: Yes = False, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Owners: owner, building, unit, room, area; bay, kind, representative, phone, source.

    A row is one owner of one flat, or of one parking bay that is named in the column bay.
    Several rows for one flat are joint owners; yes in representative marks the one who votes
    for them. The same name with the same phone is one owner, however many flats; of two
    persons of one name without a phone each is taken for another. The kind is person, company
    or developer. An area may be empty, but no vote of owners opens before it is known; the
    source says where it is from: register, survey or contract.

    The list of households can be read as it is: whoever it names owns the flat. Import that
    first. Columns may be called 业主, 楼栋, 单元, 房号, 车位, 面积, 类型 (个人, 单位, 开发商), 代表
    (是, 否), 电话, 面积来源 (登记, 测绘, 合同). Names are kept encrypted, of a phone only a keyed
    hash. What the list says of a property replaces what was known; properties it leaves out
    stay, and so does the roll of a vote that has been frozen.
    """
    from bot.cli import imports

    imports.owners(file, yes, config)


@importing.command()
def delegates(file: File, yes: Yes = False, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Residents' delegates: name, and a door such as 3-1-101 or an account.

    By door they are whoever of that name has joined there; who has not is on the roll all the
    same, and import the list again when they have. Columns may be called 姓名, 门牌, 账号. This
    list is all of them: whoever it leaves out is a delegate no more.
    """
    from bot.cli import imports

    imports.delegates(file, yes, config)


@importing.command()
def groups(file: File, yes: Yes = False, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Group chats: account, scope.

    The account is for example telegram:-1001; the scope is building:3, grid:1, community or
    staff. The buildings come from the list of households, so import that first.
    """
    from bot.cli import imports

    imports.groups(file, yes, config)


@app.command()
def invites(
    household: Annotated[
        str | None, typer.Option(help="One household, such as 3-1-101.", metavar="DOOR")
    ] = None,
    building: Annotated[
        str | None, typer.Option(help="Letters for every household of a building; needs --out.")
    ] = None,
    staff: Annotated[
        str | None, typer.Option(help='One name of the staff without an account, or "all".')
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where the letters go, as HTML.")] = None,
    yes: Yes = False,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Make one-time codes with which people join.

    A household's code works for 30 days and up to 4 adults, a member of staff's once. A new
    code cancels the old one; if that one could still be used, you are asked first. Codes
    are kept as keyed hashes, so what is shown here is shown once.

    Letters are A4 pages, one for each household, with the code in large type and a QR code;
    print them from a browser, put them into the letter boxes, and delete the file, which
    only you can read.
    """
    from bot.cli.invites import invite

    invite(household, building, staff, out, yes, config)


@app.command()
def demo(
    reset: Annotated[
        bool, typer.Option("--reset", help="Forget the demo community and begin anew.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(help="The port of the web page.", min=0, max=65535)
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Try Linli with a made-up community, without any account: open http://127.0.0.1:8080.

    120 households in 6 buildings, staff with duties, and a web chat in which you are two
    residents, a committee member and an admin at once. Everything is kept in data/demo, so
    a second start goes on where the first one stopped. Telegram stays off.
    """
    from bot.cli.demo import start

    start(config, port, reset)


@app.command()
def deadline(
    file: JsonFile,
    language: Annotated[str, typer.Option(help="Of the explanation: zh or en.")] = "zh",
) -> None:
    """When is a budget of working time used up? Answers one case or a list of them, as JSON.

    A case: start (aware time), budget_seconds, timezone, week (0 = Monday to frames),
    overrides (date to frames), pauses. The answer: due (aware time) and because, lines that
    explain it. Malformed input ends with exit code 2 and a line that names the field.
    """
    from bot.cli.deadline import explain_all

    explain_all(file, language)


@app.command()
def recount(file: JsonFile) -> None:
    """Count a vote again, without the bot. Answers one vote or a list of them, as JSON.

    A vote: rule, opens_at, closes_at (aware times), roll (id, area in 0.01 m2), ballots (voter,
    choice yes, no or abstain, at, valid), invalid_counts, silence (none, receipt_abstain,
    follow_majority), silence_agreed, delivered (who was reached), consents (true or false).
    The answer: result, what failed, the counts, what was needed, and the ballots refused.
    Malformed input ends with exit code 2 and a line that names the field.
    """
    from bot.cli.recount import recount_all

    recount_all(file)


@app.command()
def dismiss(
    name: Annotated[str, typer.Argument(help="As the list of staff has it.")],
    yes: Yes = False,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """End an appointment: from now on they are told and may do nothing as staff.

    Their open cases go to whoever gets such cases now, and whoever sends cases on is told
    what could not. What they did keeps their name. They stay a resident of their household.
    To move an appointment to another person instead, import it with the new account.
    """
    from bot.cli import dismiss as ended

    ended.dismiss(name, yes, config)


@app.command()
def bundle(
    matter: Annotated[
        int, typer.Argument(help="The matter's number.", metavar="MATTER", min=1, max=LARGEST)
    ],
    out: Annotated[
        Path | None, typer.Option(help="Where it goes; bundle-MATTER.zip if left out.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Give auditors the whole record of a closed vote in one file that anybody can check.

    The file holds the question, the roll under pseudonyms, every ballot, the heads that were
    posted and the result, and verify.py, which checks it offline: python3 verify.py FILE.
    Nothing is given before the close. Only you can read the file; areas and times in it may
    tell a flat, so hand it to the auditors and delete it. That it was made is written down,
    and how often is published.
    """
    from bot.cli.bundle import give_out

    give_out(matter, out, config)


app.add_typer(reporting, name="report")


@reporting.command()
def tickets(
    first: Annotated[datetime, typer.Option("--from", formats=DAYS, help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=DAYS, help="The last, included.")],
    by: Annotated[By, typer.Option(help="Tell the cases apart by this.")] = By.NONE,
    out: Annotated[
        Path | None, typer.Option("--csv", help="Also write the numbers to this file.")
    ] = None,
    yes: Yes = False,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """The three rates of a period, each with what it is a part of.

    response (响应率): of the cases accepted in the period whose first contact was made or is
    overdue, those signed for and contacted in time. solved (解决率) and satisfied (满意率): of
    the answers residents gave about cases accepted in the period; silence is in neither
    number. in_time (按期办结率): of the promises that fell due in the period, those kept;
    every rework round is a promise of its own. assessable leaves out what was withdrawn,
    merged or rejected; silent was closed because nobody answered.

    Fewer than five are told as numbers, not as a rate. Lines stand by name, never by rank;
    a case counts for the member who leads it now.
    """
    from bot.cli import report

    report.tickets(first, last, by, out, yes, config)
