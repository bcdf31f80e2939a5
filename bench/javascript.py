"""@neolith/core in process: messages beside the plainest JavaScript that emits the same, bytes a daemon, CPU of a heartbeat."""
import json
import subprocess

from figures import Figure

RATIO = 0.6  # of the plainest JavaScript


def node(*words):
    return json.loads(subprocess.run(["node", *words], check=True, stdout=subprocess.PIPE).stdout)


def run():
    messages = node("bench/javascript.mjs", "messages")
    daemons = node("--expose-gc", "bench/javascript.mjs", "daemons")
    plain = "the plainest JavaScript that emits the same"
    return [
        *(Figure("javascript", f"messages a second, {how}", each["measured"], "", RATIO * each["plain"], most=False,
                 beside=each["plain"], beside_what=plain)
          for how, each in (("one by one", messages["one"]), ("a hundred at once", messages["hundred"]))),
        Figure("javascript", "bytes a daemon, of 100,000", daemons["heap"] + daemons["wasm"], "", 600),
        Figure("javascript", "… of the core's memory", daemons["wasm"], ""),
        Figure("javascript", "CPU of a heartbeat", daemons["heartbeat"], "µs", 0.3),
    ]
