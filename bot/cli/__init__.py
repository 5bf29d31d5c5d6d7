"""The command linli: one file for each command, and nothing that a bot does by itself."""

import typer

from bot.cli import check, deadline, demo, imports, invites, recount, report, run

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
        " LINLI_TELEGRAM_WEBHOOK_SECRET, LINLI_DATABASE_URL."
    ),
)
app.command()(run.run)
app.command()(check.check)
app.add_typer(imports.app, name="import")
app.command()(invites.invites)
app.command()(demo.demo)
app.command()(deadline.deadline)
app.command()(recount.recount)
app.add_typer(report.app, name="report")
