"""python -m data_access wall and login: which screens may ask for figures, and logins that are ended from here."""

from __future__ import annotations

import argparse
from ipaddress import ip_address
from urllib.parse import quote

from commands.audit import by_command, trail_for
from commands.output import say
from data_access.cases.reader import Reader
from data_access.trail import devices, sessions
from data_access.trail.schema import TrailProblem

WALL = {"add": "登记一面大屏，给出只显示这一次的地址", "list": "列出登记的大屏", "remove": "撤销一面大屏的登记"}
LOGIN = {
    "end": "结束这个账号现在的全部登录，可以重新登录",
    "withdraw": "不再让这个账号进来，打开的页面下一步即止",
    "allow": "又让这个账号进来",
}


def add_wall_arguments(command: argparse.ArgumentParser) -> None:
    """The options of `wall`."""
    command.add_argument("action", choices=WALL, help="；".join(f"{name} {words}" for name, words in WALL.items()))
    command.add_argument("name", nargs="?", default="", help="设备名，例如 大厅-1")
    command.add_argument("--address", default="", help="只许从这个地址来，默认不限")
    command.add_argument("--wall", default="main", help="给出的地址打开哪面大屏")


def run_wall(options: argparse.Namespace, reader: Reader) -> int:
    """Make, list or withdraw devices."""
    trail = trail_for(reader)
    if options.action == "list":
        known = devices.devices(trail)
        say("还没有登记的大屏" if known.empty else known.to_string(index=False))
        return 0
    if not options.name:
        raise TrailProblem("请写设备名，例如 wall add 大厅-1")
    if options.action == "remove":
        if not devices.remove(trail, options.name):
            raise TrailProblem(f"没有名为“{options.name}”的设备")
        say(f"已撤销“{options.name}”：它下一次取数时停在说明页")
    else:
        token = devices.add(trail, options.name, _address(options.address))
        where = f"只许从 {options.address} 来" if options.address else "不限地址"
        say(f"已登记“{options.name}”（{where}）。在那台电脑上打开一次看板的这个地址（只显示这一次，不要转发）：")
        say(f"  /wall/{quote(options.wall)}?token={token}")
    trail.write(by_command("wall", options.name, move=options.action, where=options.address))
    return 0


def _address(text: str) -> str:
    try:
        return str(ip_address(text)) if text else ""
    except ValueError as error:
        raise TrailProblem(f"“{text}”不是 IP 地址") from error


def add_login_arguments(command: argparse.ArgumentParser) -> None:
    """The options of `login`."""
    command.add_argument("action", choices=LOGIN, help="；".join(f"{name} {words}" for name, words in LOGIN.items()))
    command.add_argument("account", help="账号，与 people.csv 的 login 一样")


def run_login(options: argparse.Namespace, reader: Reader) -> int:
    """End an account's logins, withdraw it, or let it in again."""
    trail = trail_for(reader)
    done = {"end": sessions.end_all_of, "withdraw": sessions.withdraw, "allow": sessions.give_back}
    done[options.action](trail, options.account)
    trail.write(by_command("logout" if options.action != "allow" else "login", options.account, move=options.action))
    say(f"{options.account}：已{LOGIN[options.action]}")
    return 0
