"""What a server costs while it is used: bytes over the wire, processor time and memory of all its processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.bench.server import cpu_ms
from tests.browser.serving import free_port

PIECE = 1 << 16


class Wire:
    """A way to a server that counts what comes back, headers and all, packed as it comes."""

    def __init__(self, port: int) -> None:
        self.to, self.port, self.received = port, free_port(), 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, asks = await asyncio.open_connection("127.0.0.1", self.to)
            await asyncio.gather(self._pass(reader, asks, counts=False), self._pass(answers, writer, counts=True))
        except ConnectionError:
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counts: bool) -> None:
        try:
            while piece := await reader.read(PIECE):
                self.received += len(piece) if counts else 0
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()

    async def run(self) -> None:
        async with await asyncio.start_server(self._through, "127.0.0.1", self.port) as server:
            await server.serve_forever()


@contextmanager
def wires(ports: list[int]) -> Iterator[list[Wire]]:
    """A counted way to each of the servers, open with the block."""
    made, loop = [Wire(port) for port in ports], asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # a browser that leaves cuts its connections
    for wire in made:
        loop.create_task(wire.run())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield made
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def family(process: int) -> list[int]:
    """A process with all that come from it."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile
        children.setdefault(int(after[1]), []).append(int(path.parent.name))
    found = [process]
    for one in found:
        found += children.get(one, [])
    return found


def processor_ms(process: int) -> float:
    """The processor time of a process and all that come from it."""
    return sum(map(cpu_ms, family(process)))


def memory_mb(process: int) -> int:
    """What they hold in memory, what they share counted once."""
    total = 0
    for one in family(process):
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total // 1024
