"""Start and memory of the server with the demo workspace: exec to listening, and resident memory idle.

Printed beside what the same machine needs to start the smallest program that links libc, in the same run.
"""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 15
orchd = str(pathlib.Path(sys.argv[1]).resolve())


def start_server(data):
    begin = time.perf_counter()
    server = subprocess.Popen([orchd, "serve", "--data", data, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    server.stdout.readline()
    return server, (time.perf_counter() - begin) * 1000


def start_true():
    begin = time.perf_counter()
    subprocess.run(["/bin/true"], check=True)
    return (time.perf_counter() - begin) * 1000


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


with tempfile.TemporaryDirectory() as data:
    subprocess.run([orchd, "init", "--demo", "--data", data], check=True, stdout=subprocess.DEVNULL)
    times, memory = [], 0
    for _ in range(ROUNDS):
        server, took = start_server(data)
        times.append(took)
        time.sleep(0.3)
        memory = resident_mb(server.pid)
        server.terminate()
        server.wait()
    least = statistics.median(start_true() for _ in range(ROUNDS))
    print(f"start        {statistics.median(times):8.1f} ms from exec to listening ({least:.1f} ms for /bin/true)")
    print(f"memory       {memory:8.1f} MB resident, idle, three orchestrators running")
