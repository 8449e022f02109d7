"""`wayside doctor`: checks what a service needs and says what to do."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from service.access.settings import read_camera_rules
from service.cli.options import AsJson, Database
from service.doctor.cameras import check_cameras
from service.doctor.database import check_database
from service.doctor.finding import Finding, Verdict, bad, good
from service.doctor.machine import check_machine
from service.doctor.networks import check_networks
from service.doctor.receivers import check_receivers
from service.doctor.speeds import check_speeds
from service.errors import SiteFileError
from service.site.site import Site
from service.site.site_file import load_site
from service.store.address import data_folder

MARKS = {
    Verdict.GOOD: "[green]good[/]",
    Verdict.CARE: "[yellow]care[/]",
    Verdict.BAD: "[red]bad [/]",
}


def doctor(
    site_files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[SITE.yaml…]", help="Site files; without, machine and database."),
    ] = None,
    database: Database = None,
    wait_s: Annotated[float, typer.Option(min=1, help="For a first picture or speed.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Check machine, networks, database, site files, cameras, speeds, brokers and webhooks.

    Exit code 1 when something is bad. Nothing is changed or published.
    """
    findings = []
    console = Console(highlight=False, soft_wrap=True)
    for finding in _findings(site_files or [], database, wait_s):
        findings.append(finding)
        if not as_json:
            console.print(f"{MARKS[finding.verdict]}  {finding.part}: ", end="")
            console.print(finding.said, markup=False)
            if finding.advice:
                console.print(f"      -> {finding.advice}", markup=False)
    is_fine = all(finding.verdict is not Verdict.BAD for finding in findings)
    if as_json:
        rows = [asdict(finding) for finding in findings]
        typer.echo(json.dumps({"ok": is_fine, "findings": rows}))
    if not is_fine:
        raise typer.Exit(1)


def _findings(site_files: list[Path], database: str | None, wait_s: float) -> Iterable[Finding]:
    rules = read_camera_rules(os.environ)
    yield from check_machine(data_folder())
    yield check_database(database)
    sites: list[Site] = []
    for path in site_files:
        try:
            sites.append(load_site(path))
        except SiteFileError as error:
            for line in str(error).splitlines():
                yield bad("site file", line, "correct the file; wayside site schema says how")
        else:
            spots = sum(1 for _ in sites[-1].spots())
            said = f"{path} is fine: {len(sites[-1].cameras)} cameras, {spots} spots"
            yield good("site file", said)
    yield from check_networks(sites)
    yield from check_cameras(sites, rules, wait_s)
    yield from check_speeds(sites, wait_s)
    yield from check_receivers(sites)
