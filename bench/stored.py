"""The same with five million stored messages: start, answers, latency."""
import statistics
import time

from answers import PEOPLE, measure
from figures import Figure
from idle import median_start
from world import World, tool

MESSAGES = 5_000_000
READS = 50


def median_read(world, path):
    """Milliseconds of a request over HTTP, with the connection that it opens."""
    times = []
    for _ in range(READS):
        begin = time.perf_counter()
        world.call_as(world.person, "GET", path)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def reads(world, targets):
    """The newest page of a channel, and a thread in it, both by HTTP; the world is stopped before and after."""
    world.start()
    world.person, channel, _ = open(targets).readline().split()
    path = f"/api/channels/{channel}/messages"
    first = world.call_as(world.person, "POST", path, {"content": "a question"})["message"]["id"]
    for number in range(20):
        world.call_as(world.person, "POST", path, {"content": f"part {number}", "parentId": first})
    page, thread = median_read(world, path + "?limit=50"), median_read(world, path + f"?thread={first}&limit=50")
    world.stop()
    return page, thread


def run(messages=MESSAGES):
    messages = int(messages)
    what = f", {messages:,} stored"
    with World() as world:
        world.start()
        targets = world.fill(PEOPLE, PEOPLE, [(number, number) for number in range(PEOPLE)])
        world.stop()
        fresh, (page_fresh, thread_fresh) = median_start(world), reads(world, targets)
        tool("fill", world.database, messages)
        took, (page, thread) = median_start(world), reads(world, targets)
        return [Figure("stored", f"from exec to listening{what}", took, "ms", 20, beside=fresh,
                       beside_what="ms: the same with none"),
                Figure("stored", f"a page of a channel{what}", page, "ms", beside=page_fresh, beside_what="ms: the same with none"),
                Figure("stored", f"a thread of a channel{what}", thread, "ms", beside=thread_fresh,
                       beside_what="ms: the same with none")] + measure(world, targets, "stored", what)
