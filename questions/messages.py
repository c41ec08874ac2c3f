"""Messages to where the district wants them: a webhook, e-mail, a messenger, by addresses as apprise reads them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qs, quote, urlsplit

LOG = logging.getLogger(__name__)


class Outward(Protocol):
    """Sends a title, a text and files (name -> path) to every address, and says whether all took it.

    Names of files in plain ASCII: the letters that apprise writes lose others.
    """

    def __call__(self, title: str, text: str, files: Mapping[str, str] = {}) -> bool: ...


def receivers(addresses: str) -> list[str]:
    """Where messages go, as may be shown: without the names and passwords that an address holds."""
    told = []
    for address in addresses.split():
        parts = urlsplit(address)
        to = "、".join(parse_qs(parts.query).get("to", []))
        told.append(f"{parts.scheme}://{parts.hostname or ''}" + (f"（{to}）" if to else ""))
    return told


def sender(addresses: str, named: str = "ALARM_URLS") -> Outward | None:
    """What sends; None without an address. `addresses`: separated by blanks; `named`: the variable they stand in."""
    each = addresses.split()
    if not each:
        return None
    import apprise

    outward = apprise.Apprise()
    understood = [outward.add(address) for address in each]  # each, also after one that is not
    if not all(understood):
        # The address holds a password: it is not written down.
        LOG.error("%s 里有读不懂的地址（共 %d 个，读懂 %d 个）", named, len(each), len(outward))

    def send(title: str, text: str, files: Mapping[str, str] = {}) -> bool:
        attached = apprise.AppriseAttachment([f"file://{quote(path)}?name={name}" for name, path in files.items()])
        sent = len(outward) and outward.notify(title=title, body=text, attach=attached if files else None)
        return bool(sent)

    return send
