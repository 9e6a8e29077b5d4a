"""``leanrag doctor``: what is installed, what works, what each profile misses."""

import platform
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console

from leanrag import __version__
from leanrag.cli.execute import Outcome
from leanrag.cli.options import Common
from leanrag.cli.render import show_rows

if TYPE_CHECKING:
    from leanrag.cli.checks import Check


def doctor(common: Common) -> Outcome:
    """Look at this machine: versions, models, vocabularies, the store, each profile.

    Nothing is downloaded and no server is contacted. Keys are reported as set
    or not set, never shown.

    Examples:
      leanrag doctor
      leanrag doctor --store ./docs-store --json
    """
    from leanrag.cli import checks

    settings = common.settings()
    models = {check.name: check for check in checks.models()}
    place = checks.store(settings)
    profiles = {profile.name: profile for profile in checks.profiles(settings, models)}
    payload = {
        "leanrag": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": checks.cpu(),
        "packages": checks.packages(),
        "models": {check.name: _check_json(check) for check in models.values()},
        "store": {"location": place.name, **_check_json(place)},
        "profile": settings.profile,
        "profiles": {
            name: {
                "ready": not profile.missing,
                "missing": list(profile.missing),
                "notes": list(profile.notes),
            }
            for name, profile in profiles.items()
        },
        "ok": place.ok and not profiles[settings.profile].missing,
    }
    return Outcome(payload, partial(_show, payload=payload))


def _check_json(check: "Check") -> dict[str, Any]:
    return {"ok": check.ok, "detail": check.detail}


def _show(console: Console, payload: Mapping[str, Any]) -> None:
    processor = payload["cpu"]
    features = ", ".join(processor["features"]) or "none known"
    show_rows(
        console,
        "machine",
        [
            ("leanrag", payload["leanrag"]),
            ("Python", f"{payload['python']}, {payload['platform']}"),
            ("processor", f"{processor['machine']}, {processor['cores']} cores, {features}"),
        ],
    )
    packages = [(name, version or "MISSING") for name, version in payload["packages"].items()]
    show_rows(console, "packages", packages)
    show_rows(
        console, "models", [(name, _words(check)) for name, check in payload["models"].items()]
    )
    show_rows(console, "store", [(payload["store"]["location"], _words(payload["store"]))])
    rows: list[tuple[str, str]] = []
    for name, profile in payload["profiles"].items():
        mark = " (set)" if name == payload["profile"] else ""
        rows.append((name + mark, "ready" if profile["ready"] else "misses:"))
        rows.extend(("", text) for text in (*profile["missing"], *profile["notes"]))
    show_rows(console, "profiles", rows)


def _words(check: Mapping[str, Any]) -> str:
    return check["detail"] if check["ok"] else f"PROBLEM: {check['detail']}"
