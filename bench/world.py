"""A served workspace for a bench: people, orchestrators and channels, all made over HTTP; and what /proc says of the server."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("BUILD", "build/release")
ORCHD = str(BUILD / "orchd")
TICKS = os.sysconf("SC_CLK_TCK")
# Here one machine plays everybody: the limits for one user and one address are lifted.
LIFTED = ["--limit", "requests-per-s=0", "--limit", "anonymous-per-s=0", "--limit", "sockets-per-user=20000",
          "--limit", "connections-per-address=20000"]
HIDDEN = ("ANTHROPIC_", "OPENAI_", "ORCHD_", "DAEMON_", "ORCHESTRATOR_", "NEXT_PUBLIC_")


def tool(name, *arguments, **options):
    """Runs a program of this folder; its JSON."""
    done = subprocess.run([str(BUILD / "bench" / name), *map(str, arguments)], stdout=subprocess.PIPE, text=True, **options)
    if done.returncode != 0 and not done.stdout:
        raise RuntimeError(f"{name} ended with {done.returncode}")
    return json.loads(done.stdout) if done.stdout else {}


class World:
    """A data directory below build/ (a real disk, unlike /tmp on some machines), removed at the end."""

    def __init__(self, demo=False):
        (ROOT / "build").mkdir(exist_ok=True)
        self.data = tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build")
        self.server = None
        self.environment = {}
        arguments = ["--demo"] if demo else ["--organization", "Bench", "--email", "admin@example.com", "--name", "Admin"]
        subprocess.run([ORCHD, "init", "--data", self.data, *arguments], check=True, stdout=subprocess.DEVNULL,
                       input="" if demo else "correct horse battery\n", text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    @property
    def database(self):
        return os.path.join(self.data, "orchd.db")

    def start(self, **environment):
        """Serves; the milliseconds from exec to listening."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        begin = time.perf_counter()
        self.server = subprocess.Popen([ORCHD, "serve", "--data", self.data, "--listen", "127.0.0.1:0", *LIFTED],
                                       stdout=subprocess.PIPE, stderr=open(os.path.join(self.data, "log"), "a"),
                                       env={**kept, **self.environment, **environment}, text=True)
        line = self.server.stdout.readline()
        took = (time.perf_counter() - begin) * 1000
        if not line.startswith("listening on "):
            raise RuntimeError(f"orchd serve: {line}" + open(os.path.join(self.data, "log")).read()[-2000:])
        self.address = line.split()[2]
        self.host, self.port = self.address.removeprefix("http://").split(":")
        self.owner = pathlib.Path(self.data, "owner.token").read_text().strip()
        return took

    def stop(self):
        if self.server:
            self.server.terminate()
            self.server.wait(30)
            self.server.stdout.close()
            self.server = None

    def call(self, method, path, body=None):
        return self.call_as(self.owner, method, path, body)

    def call_as(self, token, method, path, body=None):
        request = urllib.request.Request(self.address + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from None
        return json.loads(text) if text else {}

    def fill(self, people, orchestrators, pairs, prefix="bench"):
        """pairs: (person, orchestrator) by number, a channel each. Writes the file that `load` reads; its path."""
        tokens, names, lines = [], [], []
        users = []
        for number in range(people):
            email = f"{prefix}-person-{number}@example.com"
            users.append(self.call("POST", "/api/users", {"email": email, "name": f"{prefix.title()} Person {number}"})["user"])
            tokens.append(self.call("POST", "/api/owner/sessions", {"email": email})["token"])
        bots = []
        for number in range(orchestrators):
            name = f"{prefix}-{number:03d}"
            charter = {"systemPrompt": f"You are {name} and know the shelves of the library.",
                       "rules": [{"match": "shelf", "reply": "There are forty books on it."}]}
            made = self.call("POST", "/api/orchestrators", {"name": name, "role": f"Librarian {number}", "discipline": "library",
                                                            "email": f"{name}@example.com", "charter": charter})
            bots.append(made["orchestrator"])
            names.append(name)
        for place, (person, bot) in enumerate(pairs):
            channel = self.call("POST", "/api/channels", {"name": f"{prefix}-shelf-{place}", "type": "PRIVATE", "members":
                                                          [users[person]["id"], bots[bot]["userId"]]})["channel"]
            lines.append(f"{tokens[person]} {channel['id']} @{names[bot]}\n")
        path = os.path.join(self.data, f"targets-{prefix}")
        pathlib.Path(path).write_text("".join(lines))
        return path

    # ---- what /proc says ----

    def status(self, name):
        for line in pathlib.Path(f"/proc/{self.server.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise RuntimeError(f"no {name}")

    def resident_kb(self):
        return self.status("VmRSS")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    # ---- load ----

    def command(self, kind, targets, *numbers):
        return [str(BUILD / "bench/load"), kind, self.host, self.port, targets, *map(str, numbers)]

    def load_begin(self, kind, targets, *numbers, **options):
        self.cpu_before = self.cpu_seconds()
        return subprocess.Popen(self.command(kind, targets, *numbers), stdout=subprocess.PIPE, text=True, **options)

    def load_end(self, process):
        """The result, with the server's CPU an answer."""
        text = process.stdout.read()
        process.wait()
        if not text:
            raise RuntimeError(f"load ended with {process.returncode}")
        result = json.loads(text)
        result["cpu_us_an_answer"] = (self.cpu_seconds() - self.cpu_before) * 1e6 / max(result["replies"], 1)
        if result["failed"] + result["refused"] + result["unanswered"]:
            print("load:", text, file=sys.stderr)
        return result

    def load(self, kind, targets, *numbers):
        return self.load_end(self.load_begin(kind, targets, *numbers))

    def idle_sockets(self, targets, count):
        """A process that holds them until its standard input is closed."""
        process = subprocess.Popen(self.command("idle", targets, count), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if not process.stdout.readline():
            raise RuntimeError("the sockets could not be opened")
        return process
