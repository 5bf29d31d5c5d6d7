"""django-helpdesk as it comes: a ticket by its public form, and the list its staff see.

Through Django's own test client, so that no server of HTTP is in it, and with no mail sent.
Runs in ``.venv-bench``: ``python -m benchmarks.helpdesk DATABASE TICKETS`` measures once for each
number of times that it reads, a line each, and prints JSON.
"""

import json
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from typing import Any

LOT = 1_000
OURS = ("auth", "contenttypes", "sessions", "sites", "messages", "humanize", "admin", "staticfiles")
IN_BETWEEN = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
SEES = ("auth.context_processors.auth", "messages.context_processors.messages",
        "template.context_processors.request")  # fmt: skip

urlpatterns: list[Any] = []


def main(database: str, tickets: str) -> None:
    _set_up(database)
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client
    from django.urls import include, path
    from helpdesk.models import Queue, Ticket
    from helpdesk.query import query_to_base64

    urlpatterns.append(path("", include("helpdesk.urls", namespace="helpdesk")))
    call_command("migrate", verbosity=0)
    queue = Queue.objects.create(title="邻里", slug="linli", allow_public_submission=True)
    boss = get_user_model().objects.create_superuser("boss", "boss@example.org", "boss")
    for begin in range(0, int(tickets), LOT):
        Ticket.objects.bulk_create(
            Ticket(queue=queue, title=f"路灯 {begin + n}", assigned_to=boss, secret_key="x" * 36)
            for n in range(LOT)
        )
    resident, staff = Client(), Client()
    staff.force_login(boss)
    form = {"queue": queue.id, "title": "3号楼门口路灯坏了", "body": "晚上很黑",
            "priority": "3", "submitter_email": "ana@example.org"}  # fmt: skip
    mine = query_to_base64({"filtering": {"assigned_to__id__in": [boss.id], "status__in": [1, 2]},
                            "sorting": "created"})  # fmt: skip

    def create() -> None:
        assert resident.post("/tickets/submit/", form).status_code == 302

    def look() -> None:
        answer = staff.get(f"/datatables_ticket_list/{mine}", {"length": 25})
        assert len(answer.json()["data"]) == 25

    for times in sys.stdin:
        found = {"create": _timed(create, int(times)), "list": _timed(look, int(times))}
        print(json.dumps(found), flush=True)


def _set_up(database: str) -> None:
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="known to everybody who reads this",
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": json.loads(database)},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in OURS), "rest_framework", "helpdesk"],
        MIDDLEWARE=list(IN_BETWEEN),
        ROOT_URLCONF=__name__,
        SITE_ID=1,
        STATIC_URL="/static/",
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [f"django.{c}" if c.startswith("template")
                                               else f"django.contrib.{c}" for c in SEES]},
        }],
        USE_TZ=True,
    )  # fmt: skip
    django.setup()


def _timed(do: Callable[[], None], times: int) -> tuple[float, float]:
    """Milliseconds of time and of processor time; the medians."""
    do()
    took, used = [], []
    for _ in range(times):
        began, cpu = perf_counter(), process_time()
        do()
        took.append((perf_counter() - began) * 1000)
        used.append((process_time() - cpu) * 1000)
    return median(took), median(used)


if __name__ == "__main__":
    main(*sys.argv[1:])
