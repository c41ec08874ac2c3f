"""What rights and the audit cost a page: python -m scripts.bench.rights, on a store that may be written to.

Three servers of the same store at once, asked in turn, so that whatever else the machine does meets all three: an open
room that records nothing, a login that sees everything and is recorded, and a street's login, whose sums of others'
cases come in steps.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from data_access.cases.reader import Reader, open_reader
from data_access.cases.store import store_for
from scripts.bench.server import page_costs
from tests.browser.serving import ROOT, started

PAGES = ("overview", "cases", "three_rates", "trends", "heat")
ROLES = {"没有权限和审计": "", "看全区、记审计": "指挥中心", "看本街道、记审计": "街道"}


def profiles_with_logins(reader: Reader, folder: Path) -> dict[str, str]:
    """The district's profile in `folder`, in which one of each role has an account; role -> account."""
    shutil.copytree(reader.profile.folder, folder / reader.profile.name)
    people = folder / reader.profile.name / "people.csv"
    head, *lines = people.read_text(encoding="utf-8").splitlines()
    first = {line.split(",")[1]: place for place, line in reversed([*enumerate(lines)])}
    accounts = {place: f"u{place}" for place in first.values()}
    rows = [f"{line},{accounts.get(place, '')}" for place, line in enumerate(lines)]
    people.write_text("\n".join([f"{head},login", *rows]) + "\n", encoding="utf-8")
    return {role: accounts[place] for role, place in first.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.rights", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="每页轮流几遍，取中位数")
    parser.add_argument("--pages", nargs="*", default=PAGES, help="哪些页面")
    chosen, reader = parser.parse_args(), open_reader()
    streets = [street.name for street in reader.profile.streets]
    with TemporaryDirectory() as folder, ExitStack() as running:
        accounts = profiles_with_logins(reader, Path(folder))
        bare = Path(folder) / "bare"  # the same cases without a ledger, and so without a trail
        shutil.copytree(reader.store.folder, bare, ignore=shutil.ignore_patterns("*ledger*", "*.lock", "*.head"))
        servers: dict[str, tuple[str, int]] = {}
        for name, role in ROLES.items():
            log = ROOT / "artefacts" / f"rights-{len(servers)}.log"
            store = reader.store if role else store_for(f"duckdb:///{bare}")
            served = (
                started(store, log, DASHBOARD_LOGIN="proxy", LOGIN_PROXIES="127.0.0.1", DISTRICT_PROFILES=folder)
                if role
                else started(store, log, DASHBOARD_OPEN="1")
            )
            servers[name] = running.enter_context(served)
        for page in chosen.pages:
            taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ROLES}
            for seed in range(chosen.rounds + 1):
                for name, role in ROLES.items():
                    headers = {"X-Remote-User": accounts[role]} if role else None
                    costs = asyncio.run(page_costs(*servers[name], page, streets, headers, seed))
                    taken[name].append((float(costs["new_cpu_ms"]), float(costs["again_cpu_ms"])))
            for name, rounds in taken.items():  # the first round warms up
                new, again = (statistics.median(values) for values in zip(*rounds[1:], strict=True))
                sys.stdout.write(f"{page}　{name}　新值 {new:.0f} 毫秒　再来 {again:.0f} 毫秒\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
