"""What a bench found, and how it is told: a table for people, or JSON."""
import dataclasses
import json
import typing


@dataclasses.dataclass
class Figure:
    bench: str
    name: str
    measured: float
    unit: str
    target: typing.Optional[float] = None
    most: bool = True  # the target is the most that may be; else the least
    beside: typing.Optional[float] = None  # the limit that the same run measured, in the same unit
    beside_what: str = ""

    @property
    def reached(self):
        if self.target is None:
            return None
        return self.measured <= self.target if self.most else self.measured >= self.target

    @property
    def missed_by(self):
        """In per cent of the target."""
        if self.reached is not False or not self.target:
            return 0.0
        return abs(self.measured - self.target) / self.target * 100


def number(value):
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def row(figure):
    target = "" if figure.target is None else ("≤ " if figure.most else "≥ ") + number(figure.target)
    ratio = number(figure.measured / figure.beside) if figure.beside else ""
    if figure.reached is None:
        verdict = ""
    else:
        verdict = "reached" if figure.reached else f"missed by {figure.missed_by:.0f} %"
    beside = f"{number(figure.beside)} {figure.beside_what}" if figure.beside is not None else ""
    return [figure.bench, figure.name, f"{number(figure.measured)} {figure.unit}".strip(), target, verdict, ratio, beside]


def print_table(figures):
    rows = [["bench", "figure", "measured", "target", "", "ratio", "limit of the same run"]] + [row(each) for each in figures]
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    for line in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip(), flush=True)


def print_json(figures):
    print(json.dumps([{**dataclasses.asdict(each), "reached": each.reached} for each in figures], indent=1))
