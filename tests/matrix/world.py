"""A district in which every word, number and plate of a case or matter says whose it is, and a server on which whoever
comes is who the request's header says."""

from __future__ import annotations

import base64
import dataclasses
import io
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote_to_bytes

from data_access.cases.filters import CaseFilter, references
from data_access.cases.reader import Reader
from data_access.cases.store import store_for
from data_access.district.access import Grant
from data_access.district.people import Actor
from data_access.district.profile import Profile, load_profile
from data_access.ledger.ledger import Ledger
from questions.inbox import SYSTEM
from tests.browser.serving import serving
from tests.pages.ledgers import begun

ROOT = Path(__file__).resolve().parents[2]
STREET, UNIT, OTHER = "东四街道", "区园林绿化局", "景山街道"
# A case's number, words of a case or matter, a plate in them, a caller: each kind is let to other people.
NUMBER, WORD, PLATE, CALLER = "number", "word", "plate", "caller"
CANARY = re.compile(
    rb"CNRY(?P<number>\d{5})Z|TEXT(?P<word>\d{5})Z|(?:\xe4\xba\xac|\\u4eac)N(?P<plate>\d{5})|(?P<caller>KEYS)\d"
)
PICTURE = re.compile(rb"data:[\w/+.;=-]*base64,([A-Za-z0-9+/=]+)")
FIRST_MATTER = 90_000
# Of a role without the right to words, what is tried is that nobody is named in matters either.
NARROWED = '{ role = "网格监督员", cases = "all", matters = "all" }'


@dataclasses.dataclass(frozen=True)
class World:
    """`whose`: canary -> the street and the unit of its case, or the units of its matter; `numbers`: a matter of
    others, by its kind; `case`, `mine`: a case of others and one of
    STREET, as an address names them."""

    reader: Reader
    whose: dict[int, frozenset[str]]
    numbers: dict[str, str]
    own: str
    case: str
    mine: str

    def strange(self, seen: bytes, who: Actor, asked: bytes = b"") -> set[str]:
        """What somebody was sent that is not theirs. `asked`: what they wrote themselves comes back to them."""
        grant = self.reader.profile.grant_at(self.reader.as_of.date(), who.role)
        known = {match[0] for match in CANARY.finditer(asked)}
        found = {match[0]: match for match in CANARY.finditer(seen) if match[0] not in known}
        return {one.decode() for one, match in found.items() if not self._may(grant, who, match)}

    def canaries(self, seen: bytes) -> set[str]:
        """Whatever of a case or matter is in what came."""
        return {match[0].decode() for match in CANARY.finditer(seen)}

    def _may(self, grant: Grant, who: Actor, match: re.Match[bytes]) -> bool:
        kind = str(match.lastgroup)
        if kind == CALLER or (kind == PLATE and not grant.words):
            return False
        number = int(match[kind])
        if (
            kind == NUMBER and grant.audit
        ):  # who watches over others is told which cases they opened, not what is in them
            return True
        allowed = grant.cases if number < FIRST_MATTER else grant.matters
        return allowed == "all" or (allowed == "own" and who.unit in self.whose[number])


def kinds_of(found: Iterable[str]) -> set[str]:
    """Of which kinds canaries are."""
    matches = (CANARY.fullmatch(one.encode()) for one in found)
    return {str(match.lastgroup) for match in matches if match}


def within(data: bytes) -> bytes:
    """The bytes, with what is packed in them: files in archives, pictures in addresses, signs written as %E4."""
    parts = [data, unquote_to_bytes(data)]
    for one in PICTURE.findall(data):
        with suppress(ValueError):
            parts.append(base64.b64decode(one + b"=="))
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts += [packed.read(name) for name in packed.namelist()]
    return b"\n".join(parts)


def account_of(name: str) -> str:
    """Everybody's account, which a header can hold."""
    return name.encode().hex()


def profile_of(profile: Profile, folder: Path) -> Path:
    """The shipped district in a folder, in which everybody has an account, and one role no right to words."""
    shutil.copytree(profile.folder, folder / profile.folder.name)
    people = folder / profile.folder.name / "people.csv"
    head, *lines = people.read_text(encoding="utf-8").splitlines()
    accounts = [f"{line},{account_of(line.split(',')[0])}" for line in lines]
    people.write_text("\n".join([f"{head},login", *accounts]) + "\n", encoding="utf-8")
    rights = folder / profile.folder.name / "access.toml"
    text, count = re.subn(r'\{ role = "网格监督员".*?\}', NARROWED, rights.read_text(encoding="utf-8"))
    assert count == 1
    rights.write_text(text, encoding="utf-8")
    return folder


def marked(reader: Reader, folder: Path) -> World:
    """The small demo district, in which every word and number of a case says whose it is, and every matter as well."""
    store = folder / "store"
    shutil.copytree(reader.store.folder, store, ignore=shutil.ignore_patterns("*ledger*", "*.lock", "*.head"))
    home = store_for(f"duckdb:///{store}")
    with home.writing() as con:
        con.execute("CREATE TEMP TABLE scopes AS SELECT street AS s, unit AS u, lpad(CAST(row_number() OVER "
                    "(ORDER BY street, unit) AS VARCHAR), 5, '0') AS n FROM (SELECT DISTINCT street, unit FROM cases)")  # fmt: skip
        scopes = con.execute("SELECT s, u, n FROM scopes").fetchall()
        con.execute("UPDATE cases SET title = 'TEXT' || n || 'Z' || title || '，车号京N' || n, "
                    "content = 'TEXT' || n || 'Z，车主京N' || n || '。' || content, address = 'TEXT' || n || 'Z' || address, "
                    "case_id = 'CNRY' || n || 'Z' || case_id, caller_key = CASE WHEN caller_key = '' THEN '' "
                    "ELSE 'KEYS1' || caller_key END "
                    "FROM scopes WHERE cases.street = s AND cases.unit = u")  # fmt: skip
    whose = {int(n): frozenset({street, unit}) for street, unit, n in scopes}
    profile = load_profile(profile_of(reader.profile, folder / "profiles") / reader.profile.folder.name)
    tagged = Reader.of(home, profile)
    numbers: dict[str, str] = {}
    ledger = begun(tagged)
    for programme in profile.programmes.programmes:
        is_written = not (programme.restricted or programme.parent or SYSTEM.role in programme.opens)
        for unit in (STREET, UNIT, OTHER, "区水务局") if is_written else ():
            token = FIRST_MATTER + len(whose)
            number = opened(ledger, programme.kind, unit, f"TEXT{token}Z，车号京N{token}")
            whose[token] = frozenset({unit})
            if unit == OTHER:
                numbers[programme.kind] = number
    every = tagged.list_cases(CaseFilter(), page_size=500)
    other = references(every[(every["street"] != STREET) & (every["unit"] != STREET) & (every["unit"] != UNIT)])
    mine = references(every[every["street"] == STREET])
    return World(tagged, whose, numbers, numbers["supervision"], str(other.iloc[0]), str(mine.iloc[0]))


def opened(ledger: Ledger, kind: str, unit: str, words: str) -> str:
    programme = ledger.profile.programme(kind)
    values = {"unit": unit, "street": unit, "number": "2022", "score": "3", "day": "2022-05-01", "text": words}
    fields = {one.name: one.options[0] if one.options else values[one.kind] for one in programme.fields
              if one.kind not in ("moment", "secret") and not one.copies}  # fmt: skip
    role = "指挥中心" if "指挥中心" in programme.opens else programme.opens[0]
    about = CaseFilter(street=(unit,), category1=("住房",))
    return ledger.open_matter(
        programme, Actor("开事项的人", role), f"{words}事项", fields=fields, where=about, text=words
    )


def person(profile: Profile, role: str) -> Actor:
    """Somebody of the role; of a street or unit the one whose canaries are told from others'."""
    wanted = {"街道": STREET, "承办单位": UNIT}.get(role)
    one = next(who for who in profile.people if who.role == role and wanted in (None, who.unit))
    return Actor(one.name, one.role, one.unit)


@contextmanager
def served(world: World, log: Path, **told: str) -> Iterator[str]:
    """The server; whoever comes is who the header says, from where another one says."""
    login = {
        "DASHBOARD_LOGIN": "proxy",
        "LOGIN_PROXIES": "127.0.0.1",
        "DISTRICT_PROFILES": str(world.reader.profile.folder.parent),
    }
    with serving(world.reader.store, log, **login, **told) as address:
        yield address
