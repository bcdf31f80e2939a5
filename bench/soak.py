"""Half load for a long time: flat memory, flat latency, no descriptor leaked. Writes build/soak.csv and docs/images/soak.svg.

    ./dev bench soak [MINUTES]
"""
import csv
import statistics
import subprocess

from answers import IN_FLIGHT, PEOPLE
from figures import Figure
from idle import settled_kb
from world import ROOT, World

EVERY = 10  # seconds
PLOT = """
set terminal svg size 900,620 font 'sans,12' background 'white'
set output '{image}'
set datafile separator ','
set multiplot layout 3,1 title '{title}'
set key left top
set xlabel ''
set ylabel 'ms'
set logscale y
plot '{data}' using ($1/60):3 with lines title 'p50', '' using ($1/60):4 with lines title 'p99'
unset logscale y
set ylabel 'MiB resident'
set yrange [0:*]
plot '{data}' using ($1/60):($7/1024) with lines notitle
set ylabel 'descriptors'
set xlabel 'minutes'
plot '{data}' using ($1/60):8 with lines notitle
"""


def watch(world, load, rows):
    """A row each EVERY seconds: what the load says, and what the server holds at that moment."""
    for line in load.stderr:
        try:
            values = [float(word) for word in line.split(",")]
        except ValueError:
            print(line, end="", flush=True)
            continue
        rows.append([*values, world.resident_kb(), world.descriptors()])


def plot(rows, minutes, a_second):
    data = ROOT / "build/soak.csv"
    with open(data, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["seconds", "answers_a_second", "p50_ms", "p99_ms", "p999_ms", "max_ms", "resident_kb", "descriptors"])
        writer.writerows(rows)
    image = ROOT / "docs/images/soak.svg"
    image.parent.mkdir(exist_ok=True)
    title = f"{minutes:g} minutes at {a_second:,.0f} durable answers a second (half load)"
    subprocess.run(["gnuplot"], input=PLOT.format(image=image, data=data, title=title), text=True, check=True)


def run(minutes=30):
    minutes = float(minutes)
    with World() as world:
        world.start()
        targets = world.fill(PEOPLE, PEOPLE, [(number, number) for number in range(PEOPLE)])
        descriptors = world.descriptors()
        most = world.load("flood", targets, 8, IN_FLIGHT)["a_second"]
        load = world.load_begin("rate", targets, minutes * 60, most / 2, EVERY, stderr=subprocess.PIPE)
        rows = []
        watch(world, load, rows)
        result = world.load_end(load)
        kept = world.descriptors()
    plot(rows, minutes, most / 2)
    part = max(len(rows) // 5, 1)
    first, last = rows[part:2 * part] or rows[:1], rows[-part:]

    def mean(some, column):
        return statistics.mean(row[column] for row in some)

    return [
        Figure("soak", "memory of the last fifth against the second", mean(last, 6) / mean(first, 6), "times", 1.05),
        Figure("soak", "p50 of the last fifth against the second", mean(last, 2) / mean(first, 2), "times", 1.25),
        Figure("soak", "descriptors more than before", kept - descriptors, "", 0),
        Figure("soak", "answers that did not come", result["unanswered"] + result["failed"] + result["refused"], "", 0),
        Figure("soak", "p50 of the whole", result["p50_ms"], "ms", 3),
        Figure("soak", "p99 of the whole", result["p99_ms"], "ms", 15),
    ]
