"""Searches, history and unread counts with five million stored messages, and what they do to others meanwhile.

The index for searches is made by the server itself, from the first search on; then each question is asked many times while a person writes
and another asks for what costs nothing. The longest time that those two had to wait is the pause that a question makes.
"""
import http.client
import json
import statistics
import threading
import time
import urllib.parse

from answers import PEOPLE
from figures import Figure
from world import World, tool

MESSAGES = 5_000_000
ASKED = 40
# What is searched: in all that one may read, or in one channel.
SEARCHES = [
    ("a rare word", {"query": "lighthouse "}),
    ("three messages of all", {"query": "quokka "}),
    ("a common word", {"query": "the "}),
    ("two common words", {"query": "the and "}),
    ("five common words", {"query": "the and of to we "}),
    ("a common word and a rare one", {"query": "the lighthouse"}),
    ("a prefix of two letters", {"query": "th"}),
    ("a prefix of five letters", {"query": "light"}),
    ("a word of German", {"query": "bucher "}),
    ("a word of Russian", {"query": "книги "}),
    ("a sentence of Chinese", {"query": "图书馆"}),
    ("a frequent word of five letters, mostly where one may not read", {"query": "vault "}),
    ("nothing", {"query": "thereisnosuchword "}),
]


class Client:
    """One connection that stays open."""

    def __init__(self, world, token):
        self.connection = http.client.HTTPConnection(world.host, int(world.port))
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
        return json.loads(text) if text else {}

    def timed(self, method, path, body=None):
        begin = time.perf_counter()
        found = self.call(method, path, body)
        return (time.perf_counter() - begin) * 1000, found


class Others(threading.Thread):
    """Asks the same again and again, and keeps how long each answer took."""

    def __init__(self, ask, every):
        super().__init__(daemon=True)
        self.ask, self.every, self.times, self.going = ask, every, [], True

    def run(self):
        while self.going:
            begin = time.perf_counter()
            self.ask()
            self.times.append((time.perf_counter() - begin) * 1000)
            time.sleep(self.every)

    def end(self):
        self.going = False
        self.join()
        return self.times


class Measure:
    def __init__(self, world, targets):
        lines = [line.split() for line in open(targets)]
        self.world, self.person = world, Client(world, lines[0][0])
        self.channel, self.other_token, self.other_channel = lines[0][1], lines[1][0], lines[1][1]
        self.figures = []

    def figure(self, name, value, unit, **more):
        self.figures.append(Figure("search", name, value, unit, **more))

    def with_others(self, body):
        """What `body` gives, and the longest that a cheap question and a message of somebody else took meanwhile."""
        asker, writer = Client(self.world, self.other_token), Client(self.world, self.other_token)
        threads = [Others(lambda: asker.call("GET", "/api/auth/me"), 0.002),
                   Others(lambda: writer.call("POST", f"/api/channels/{self.other_channel}/messages", {"content": "meanwhile"}), 0.01)]
        for thread in threads:
            thread.start()
        result = body()
        return result, [max(thread.end()) for thread in threads]

    def ask(self, name, path):
        """The median and the worst of a question, and what it does to others."""
        times, pauses = self.with_others(lambda: [self.person.timed("GET", path)[0] for _ in range(ASKED)])
        self.figure(name, statistics.median(times), "ms", beside=max(times), beside_what=f"ms: the worst of {ASKED}; meanwhile others "
                    f"waited {pauses[0]:.1f} ms at most for an answer, {pauses[1]:.0f} ms to write")

    def catch_up(self):
        """From the first search until the index has every message."""
        path = "/api/search?query=quokka"
        begin = time.perf_counter()
        first, found = self.person.timed("GET", path)

        def wait():
            answer = found
            while answer.get("incomplete"):
                time.sleep(2)
                answer = self.person.call("GET", path)

        _, pauses = self.with_others(wait)
        self.figure("the first search, which begins the index", first, "ms")
        self.figure("until every message is in the index, while somebody writes", time.perf_counter() - begin, "s", beside=pauses[0],
                    beside_what=f"ms: the longest that others waited for an answer; {pauses[1]:.0f} ms to write")

    def searches(self):
        for name, query in SEARCHES:
            self.ask(f"search: {name}", "/api/search?" + urllib.parse.urlencode(query))
            if "quokka" in query["query"] or "the " == query["query"]:
                self.ask(f"search: {name}, in a channel", "/api/search?" + urllib.parse.urlencode({**query, "channelId": self.channel}))
        self.all_pages("search: each page of a rare word", {"query": "lighthouse ", "limit": 20})
        self.all_pages("search: each page of that word, the first 20", {"query": "vault "}, 20)

    def all_pages(self, name, query, pages_max=1000):
        times, page = [], {"next": ""}
        while "next" in page and len(times) < pages_max:
            took, page = self.person.timed("GET", "/api/search?" + urllib.parse.urlencode({**query, **({"before": page["next"]} if page["next"] else {})}))
            times.append(took)
        self.figure(name, statistics.median(times), "ms", beside=max(times), beside_what=f"ms: the worst of {len(times)}")

    def reads(self):
        general = next(each["id"] for each in self.person.call("GET", "/api/channels")["channels"] if each["slug"] == "general")
        messages = f"/api/channels/{general}/messages"
        oldest = self.person.call("GET", "/api/search?query=quokka%20")["messages"][-1]["id"]
        self.ask("history: the newest page", f"{messages}?limit=50")
        self.ask("history: the newest page without replies", f"{messages}?limit=50&roots=true")
        self.ask("history: around the oldest message", f"{messages}?limit=50&around={oldest}")
        self.ask("history: after the oldest message", f"{messages}?limit=50&after={oldest}")
        self.ask("unread counts: nothing was ever read", "/api/channels")
        self.person.call("POST", f"/api/channels/{general}/read", {"messageId": oldest})
        self.ask("unread counts: all but one message are new", "/api/channels")

    def daemons(self):
        for name, path in [("conversations", "conversations"), ("events", "events?limit=50")]:
            one = self.person.call("GET", "/api/daemons?limit=1")["daemons"][0]["orchestratorId"]
            self.ask(f"{name} of a daemon", f"/api/daemons/{one}/{path}")
        self.ask("statistics of a month", "/api/statistics?from=2026-01-01T00:00:00Z&to=2026-01-31T00:00:00Z")


def measure(world, targets):
    run_of = Measure(world, targets)
    run_of.ask("others: nothing is asked beside them", "/api/auth/me")
    run_of.catch_up()
    run_of.reads()
    run_of.searches()
    run_of.daemons()
    return run_of.figures


def run(messages=MESSAGES):
    with World() as world:
        world.start()
        targets = world.fill(PEOPLE, PEOPLE, [(number, number) for number in range(PEOPLE)])
        world.stop()
        tool("fill", world.database, int(messages), "talk", "general")
        world.start()
        return measure(world, targets)
