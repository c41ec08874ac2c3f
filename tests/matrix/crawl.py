"""One person's way through every door: pages and links as they are found, each page's choices, clicks and files, walls,
statements of their own, numbers that they guess. What comes with each step is searched for what is not theirs."""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from streamlit.proto.WidgetStates_pb2 import WidgetState

from data_access.cases.filters import OF_GRID
from data_access.district.people import Actor
from tests.matrix import doors
from tests.matrix.talking import Tab, kind_of, to
from tests.matrix.world import OTHER, ROOT, World, person

T = TypeVar("T")
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("[!_]*.py"))
SCREENS = sorted(path.stem for path in (ROOT / "pages" / "walls").glob("[!_]*.py"))
ALIKE = 2  # addresses that ask the same of other values
VALUES = 2  # of one widget: all of them stand in what the page sent, and are searched there
STEPS = 8  # choices in one tab, on top of each other, before another is opened
REFUSED = "没有下载".encode()


def about(page: str) -> dict[str, object]:
    """What a page says of itself."""
    tree = ast.parse((ROOT / "pages" / f"{page}.py").read_text(encoding="utf-8"))
    named = (node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAGE")
    return dict(ast.literal_eval(next(named).value))


class Some(NamedTuple):
    """How many of what is there are tried."""

    pages: int
    doors: int  # of a page
    links: int
    guesses: int


@dataclass
class Crawl:
    """`some`: how many pages, doors of a page, links and guesses, chosen by chance but always the same (None: all).

    `leaks`: where what came; `did`: (the tab's seat, the kind of record) -> how often.
    """

    world: World
    address: str
    role: str
    some: Some | None = None
    who: Actor = field(init=False)
    tried: int = 0
    leaks: list[tuple[str, str, set[str]]] = field(default_factory=list)
    did: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: set[str] = field(default_factory=set)  # canaries that came
    pages: set[str] = field(default_factory=set)
    seats: set[str] = field(default_factory=set)
    opened: set[tuple[str, str]] = field(default_factory=set)  # (seat, title of a page)
    cases: set[tuple[str, str]] = field(default_factory=set)  # (seat, number of a case whose words were shown)

    def __post_init__(self) -> None:
        self.who = person(self.world.reader.profile, self.role)
        self.chance = random.Random(self.role)
        self.pressed: set[bytes] = set()

    def go(self) -> Crawl:
        """Through everything; returns itself."""
        pages = self.chosen(PAGES, self.some and self.some.pages)
        ahead, kinds, followed = (
            [to("cases", {"case": self.world.mine}), "/cases?range=all", *map(to, pages)],
            Counter[tuple[str, ...]](),
            0,
        )
        while ahead:
            place = ahead.pop(0)
            kinds[kind_of(place)] += 1
            if kinds[kind_of(place)] > ALIKE or urlsplit(place).path.strip("/") not in PAGES:
                continue
            followed += bool(urlsplit(place).query)
            if self.some is None or followed <= self.some.links:
                ahead += sorted(self.visit(place, kinds[kind_of(place)] == 1) - {*ahead})
        for place in self.chosen(list(self.guesses()), self.some and self.some.guesses):
            self.visit(place, is_new=False)
        self.walls()
        return self

    def chosen(self, every: list[T], most: int | None) -> list[T]:
        return every if most is None or most >= len(every) else self.chance.sample(every, most)

    def visit(self, place: str, is_new: bool) -> set[str]:
        """A page, and, where no address like it was tried, its doors; returns where it leads."""
        with Tab(self.address, self.who.name, place) as tab:
            self.step(tab, place, "")
            found, ahead = list(doors.choices(tab)), doors.links(tab)
            self.fetch(tab, is_new)
            for words, states in doors.own_query(tab) if is_new else ():
                self.step(tab, place, words, *states)
                self.did[tab.seat, "sql"] += 1
        if is_new:
            ahead |= self.choose(place, found)
        return {unquote(one) if one.startswith("/cases?case=") else one for one in ahead}

    def choose(self, place: str, found: list[WidgetState]) -> set[str]:
        """The doors of a page, some in one tab; returns where the page then leads."""
        fresh = [one for one in found if one.SerializeToString() not in self.pressed]
        each: dict[str, list[WidgetState]] = {}
        for one in fresh:
            each.setdefault(one.id, []).append(one)
        fresh = [one for values in each.values() for one in self.chosen(values, VALUES)]
        fresh = self.chosen(fresh, self.some and self.some.doors)
        ahead = set[str]()
        while fresh:
            with Tab(self.address, self.who.name, place) as tab:
                tab.run()
                here = tab.script
                for _ in range(STEPS):
                    if not fresh or tab.script != here:  # a door may lead to another page
                        break
                    door = fresh.pop()
                    self.pressed.add(door.SerializeToString())
                    self.step(tab, place, str(door), door)
                    ahead |= doors.links(tab)
                self.fetch(tab, self.some is None)
        return ahead

    def step(self, tab: Tab, place: str, door: str, *chosen: WidgetState) -> None:
        tab.run(*chosen)
        seen = bytes(tab.seen)
        self.judge(tab, place, door)
        shown = [one for one in tab.shown.values() if one.WhichOneof("type") == "exception"]
        assert not shown, (place, door, shown)
        headings = {one.heading.body for one in tab.shown.values() if one.WhichOneof("type") == "heading"}
        title = str(about(tab.path)["title"]) if tab.path in PAGES and not chosen else ""
        if title and title in headings:
            self.pages.add(tab.path)
            self.opened.add((tab.seat, title))
        asked = parse_qs(urlsplit(place).query).get("case", []) if tab.path == "cases" and not chosen else []
        labels = {one.button.label for one in tab.shown.values() if one.WhichOneof("type") == "button"}
        if (
            asked
            and "← 返回列表" in labels
            and self.world.canaries(seen) - self.world.canaries(unquote(place).encode())
        ):
            self.cases.add((tab.seat, asked[0].removeprefix(OF_GRID)))

    def judge(self, tab: Tab, place: str, door: str) -> None:
        """Search what came with the last step."""
        self.tried += 1
        seen = bytes(tab.seen)
        self.seats |= {tab.seat} if tab.shown else set()
        asked = f"{place}\n{unquote(place)}\n{door}".encode()
        if strange := self.world.strange(seen, self.who, asked):
            self.leaks.append((place, door, strange))
        self.found |= self.world.canaries(seen) - self.world.canaries(asked)  # what was asked for may be said again
        tab.seen.clear()

    def fetch(self, tab: Tab, is_new: bool) -> None:
        """The files that the page offers, of each kind one where there are many."""
        if is_new and tab.menus:
            self.step(tab, tab.place, "menus", *(doors.state(menu, bool_value=True) for menu in tab.menus))
        found = list(doors.files(tab)) if is_new else []
        kinds = dict(found[::-1])
        for label, get in self.chosen(list(kinds.items()), self.some and self.some.doors):
            data = get()
            self.judge(tab, tab.place, label)
            if REFUSED not in data:
                self.did[tab.seat, "export"] += 1

    def guesses(self) -> Iterator[str]:
        """Numbers and words of others, at every page."""
        asked = [("case", self.world.case), ("case_id", self.world.case), ("text", "TEXT"), ("street", OTHER),
                 ("person", "1"), ("who", OTHER), ("unit", OTHER), ("brief", self.world.case)]  # fmt: skip
        asked += [("matter", number) for number in self.world.numbers.values()]
        every = [to(page, {name: value, "range": "all"}) for page in PAGES for name, value in asked]
        yield from every

    def walls(self) -> None:
        """Every wall and screen, as whoever comes from a page."""
        names = [wall.name for wall in self.world.reader.profile.walls.walls]
        paths = [f"/wall/{name}/{screen}" for name in names for screen in SCREENS]
        paths = self.chosen(paths, self.some and self.some.doors)
        with Tab(self.address, self.who.name, "/?wall") as tab:
            for path in ["/?wall", *(f"/?wall={name}" for name in names), *paths]:
                assert tab.fetch(path).status_code in (200, 404), path
                none = self.world.canaries(bytes(tab.seen))
                assert not none, (path, none)
                self.judge(tab, path, "")
