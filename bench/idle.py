"""The server that has nothing to do: how soon it listens, and what it holds."""
import statistics
import subprocess
import time

from figures import Figure
from world import ORCHD, World

ROUNDS = 15
ORCHESTRATORS = 100
SOCKETS = 2000


def settled_kb(world):
    """Resident, when it has not changed for half a second."""
    last, since = 0, time.monotonic()
    while time.monotonic() - since < 0.5:
        now = world.resident_kb()
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.05)
    return last


def run_ms(*command):
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1000


def median_start(world):
    times = []
    for _ in range(ROUNDS):
        times.append(world.start())
        world.stop()
    return statistics.median(times)


def start():
    with World(demo=True) as world:
        took = median_start(world)
    least = statistics.median(run_ms(ORCHD, "help") for _ in range(ROUNDS))
    return [Figure("start", "from exec to listening, demo workspace", took, "ms", 20, beside=least,
                   beside_what="ms: `orchd help`, the same libraries")]


def memory():
    with World(demo=True) as world:
        world.start()
        idle = settled_kb(world)
        # Everything that a first answer needs once is there before the hundred come.
        warm = world.fill(1, 1, [(0, 0)], prefix="warm")
        world.load("flood", warm, 1, 1)
        before = settled_kb(world)
        targets = world.fill(1, ORCHESTRATORS, [(0, number) for number in range(ORCHESTRATORS)], prefix="more")
        world.load("each", targets, 10)
        more = settled_kb(world) - before
    return [
        Figure("memory", "resident, idle, demo workspace", idle / 1024, "MiB", 14),
        Figure("memory", f"more, {ORCHESTRATORS} orchestrators that answered", more / 1024, "MiB", 2),
    ]


def sockets():
    with World() as world:
        world.start()
        targets = world.fill(1, 1, [(0, 0)])
        one = world.idle_sockets(targets, 1)
        before = settled_kb(world)
        many = world.idle_sockets(targets, SOCKETS)
        each = (settled_kb(world) - before) / SOCKETS
        for process in (one, many):
            process.stdin.close()
            process.wait()
    return [Figure("sockets", f"an idle WebSocket, of {SOCKETS:,}", each, "KiB", 10)]
