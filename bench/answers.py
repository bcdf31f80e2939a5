"""Durable answers over WebSockets, with the `rules` model: how many, and how soon at half that load."""
from figures import Figure
from world import World, tool

PEOPLE = 32
IN_FLIGHT = 8  # of each
SECONDS = 8
# Answers a commit in the limit: of the messages under way half are asked and half answered in a group of the server's writer.
GROUP = 64


def limits(world):
    """What SQLite alone commits, to the same database."""
    return tool("sqlite_limit", world.database, SECONDS / 2, GROUP), tool("sqlite_limit", world.database, SECONDS / 4, 1)


def measure(world, targets, bench, what):
    """Throughput and latency of a world that is stopped; it is stopped again."""
    most, alone = limits(world)
    world.start()
    flood = world.load("flood", targets, SECONDS, IN_FLIGHT)
    half = world.load("rate", targets, SECONDS, flood["a_second"] / 2)
    world.stop()
    return [
        Figure(bench, f"durable answers a second{what}", flood["a_second"], "", most["a_second"] / 2, most=False,
               beside=most["a_second"], beside_what="SQLite alone, the same rows"),
        Figure(bench, f"at half that load, p50{what}", half["p50_ms"], "ms", 3, beside=alone["p50_ms"],
               beside_what="ms: two commits of SQLite alone"),
        Figure(bench, f"at half that load, p99{what}", half["p99_ms"], "ms", 15, beside=alone["p99_ms"],
               beside_what="ms: two commits of SQLite alone"),
        Figure(bench, f"CPU of the server, an answer{what}", flood["cpu_us_an_answer"], "µs",
               beside=most["cpu_us_an_answer"], beside_what="µs: SQLite alone"),
    ]


def run():
    with World() as world:
        world.start()
        targets = world.fill(PEOPLE, PEOPLE, [(number, number) for number in range(PEOPLE)])
        world.stop()
        return measure(world, targets, "answers", "")
