"""What a page's looks must keep to, measured where it is drawn: letters that stand out, words that are not cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

# axe-core (Deque, MPL 2.0), for tests only.
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
FAINT = """async () => (await axe.run(document, {runOnly: ['color-contrast']})).violations.flatMap(found => found.nodes)
  .filter(node => !(node.html.includes('stIconMaterial') && node.any[0].data.contrastRatio >= 3))  // a sign, no letter
  .map(node => [node.any[0].data.contrastRatio, node.any[0].data.fgColor, node.any[0].data.bgColor, node.html.slice(0, 90)])"""
# Words that a box hides beyond its edge, with nothing that says so; and words beyond the screen.
CUT = """() => {
  const found = [], wide = document.documentElement.clientWidth;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const words = node.textContent.trim(), own = node.parentElement;
    if (!words || !own || !own.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    if (own.closest('.print-only, [aria-hidden=true], canvas, script, style, [data-testid=stSidebarNavSeparator]')) continue;
    const range = document.createRange(); range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 1 || box.height < 1) continue;
    for (let up = own; up; up = up.parentElement) {
      const style = getComputedStyle(up), edge = up.getBoundingClientRect();
      if (style.clipPath !== 'none' || edge.width < 2) break;  // for the ear only
      if (style.overflowX === 'auto' || style.overflowX === 'scroll') break;  // its reader can go on
      const hides = style.overflowX === 'hidden' || style.overflowX === 'clip';
      if (hides && (box.right > edge.right + 1.5 || box.left < edge.left - 1.5)) {
        if (style.textOverflow !== 'ellipsis') found.push([words.slice(0, 40), up.className.toString().slice(0, 60)]);
        break;
      }
    }
    if (box.left >= wide || (box.right > wide + 1.5 && box.left < wide && !own.closest('[data-testid=stSidebar]')
        && !hiddenBefore(own, wide))) found.push([words.slice(0, 40), 'beyond the screen']);
  }
  for (const text of document.querySelectorAll('svg text')) {
    const frame = text.ownerSVGElement.getBoundingClientRect(), box = text.getBoundingClientRect();
    if (box.width > 1 && (box.right > frame.right + 2 || box.left < frame.left - 2)) found.push([text.textContent, 'svg']);
  }
  return found;
  function hiddenBefore(own) {
    for (let up = own; up; up = up.parentElement)
      if (['auto', 'scroll'].includes(getComputedStyle(up).overflowX)) return true;
    return false;
  }
}"""

# Tables of which a part lies beyond their edge: the headings of each, and how much.
SIDEWAYS = """() => [...document.querySelectorAll('[data-testid="stDataFrame"]')].flatMap(table => {
  const inside = table.querySelector('.dvn-scroller'), heads = table.querySelectorAll('[role=columnheader]');
  const beyond = inside ? inside.scrollWidth - inside.clientWidth : 0;
  return beyond > 1 ? [[beyond, [...heads].map(head => head.textContent).join('/')]] : [];
})"""


def sideways(page: Page) -> list[Any]:
    """Tables that scroll sideways: by how many pixels, and their headings."""
    found: list[Any] = page.evaluate(SIDEWAYS)
    return found


def until_nothing_is_sideways(page: Page) -> None:
    """Wait until no table scrolls sideways: after a change of the screen's width each is drawn again."""
    page.wait_for_function(f"({SIDEWAYS})().length === 0")


def faint(page: Page) -> list[Any]:
    """Words that stand out too little from their ground (WCAG AA): ratio, colours, and where."""
    page.evaluate(AXE)
    found: list[Any] = page.evaluate(FAINT)
    return found


def cut(page: Page) -> list[Any]:
    """Words that are cut off without a sign of it, and where."""
    found: list[Any] = page.evaluate(CUT)
    return found
