"""The same with five million stored messages: start, answers, latency."""
from answers import PEOPLE, measure
from figures import Figure
from idle import median_start
from world import World, tool

MESSAGES = 5_000_000


def run(messages=MESSAGES):
    messages = int(messages)
    what = f", {messages:,} stored"
    with World() as world:
        world.start()
        targets = world.fill(PEOPLE, PEOPLE, [(number, number) for number in range(PEOPLE)])
        world.stop()
        fresh = median_start(world)
        tool("fill", world.database, messages)
        took = median_start(world)
        return [Figure("stored", f"from exec to listening{what}", took, "ms", 20, beside=fresh,
                       beside_what="ms: the same with none")] + measure(world, targets, "stored", what)
