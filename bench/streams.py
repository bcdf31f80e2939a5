"""A thousand answers that stream at once from a local model server, over TLS."""
import os
import subprocess

from figures import Figure
from idle import settled_kb
from world import BUILD, ROOT, World, tool

STREAMS = 1000
PEOPLE = 10
RATE = 5  # deltas a second, each
SECONDS = 12
AUTHORITY = str(ROOT / "tests/models/localhost-cert.pem")


class Model:
    def __enter__(self):
        self.process = subprocess.Popen(["node", str(ROOT / "bench/stream_model.mjs"), str(RATE), str(SECONDS), str(STREAMS)],
                                        stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def raw_relay():
    with Model() as model:
        return tool("relay", model.address + "/v1/chat/completions", STREAMS, SECONDS * 3,
                    env={**os.environ, "SSL_CERT_FILE": AUTHORITY})


def through_orchd():
    with World() as world:
        world.start()
        bots = STREAMS // PEOPLE
        targets = world.fill(PEOPLE, bots, [(number % PEOPLE, number // PEOPLE) for number in range(STREAMS)])
        world.stop()
        with Model() as model:
            world.start(OPENAI_BASE_URL=model.address + "/v1", OPENAI_API_KEY="bench", ORCHD_MODEL="openai/bench",
                        SSL_CERT_FILE=AUTHORITY)
            before = settled_kb(world)
            load = world.load_begin("stream", targets, SECONDS + 6)
            most = before
            while load.poll() is None:
                most = max(most, world.resident_kb())
                try:
                    load.wait(0.25)
                except subprocess.TimeoutExpired:
                    pass
            return world.load_end(load), (most - before) / STREAMS


def run():
    relay = raw_relay()
    result, each = through_orchd()
    return [
        Figure("streams", f"memory of an answer under way, of {STREAMS:,}", each, "KiB", 100),
        Figure("streams", "added delay of a delta, p50", result["p50_ms"] - relay["p50_ms"], "ms", 1, beside=relay["p50_ms"],
               beside_what="ms: a raw relay, itself"),
        Figure("streams", "added delay of a delta, p99", result["p99_ms"] - relay["p99_ms"], "ms", beside=relay["p99_ms"],
               beside_what="ms: a raw relay, itself"),
        Figure("streams", "deltas that came", result["deltas"], "", relay["deltas"] * 0.99, most=False,
               beside=relay["deltas"], beside_what="through the raw relay"),
    ]
