"""红橙黄绿 of a deadline, in one table: what each says, its colours, its class on walls.

Told apart by the colour-blind through lightness, and never without their words. Their order is the ledger's
(machine.LIGHTS): the most pressing first, '' last for what is over or has no deadline.
"""

from __future__ import annotations

from dataclasses import dataclass

from data_access.ledger import machine


@dataclass(frozen=True)
class Light:
    """`on_light`, `on_dark`: its colour on either ground. `css`: its class in wall.css."""

    name: str
    words: str
    on_light: str
    on_dark: str
    css: str

    @property
    def marked(self) -> str:
        """As a table writes it."""
        return f"● {self.name} {self.words}"


LIGHTS = {
    light.name: light
    for light in (
        Light("红", "已过期", "#b3261e", "#ff6b5e", "red"),
        Light("橙", "将到期", "#a4530f", "#ff9f55", "orange"),
        Light("黄", "快到期", "#7d6108", "#e8cf6a", "yellow"),
        Light("绿", "正常", "#336f56", "#74c7a0", "green"),
    )
}
assert (*LIGHTS, "") == machine.LIGHTS  # one ladder, in one order


def marked(name: str) -> str:
    """A light as a table writes it, '' for none."""
    return LIGHTS[name].marked if name in LIGHTS else ""
