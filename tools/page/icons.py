"""Draws the page's icons into web/icons: the logo of three standing stones, as SVG and as PNG (no library: zlib alone).

    python3 tools/page/icons.py
"""
import pathlib
import struct
import zlib

OUT = pathlib.Path(__file__).resolve().parents[2] / "web" / "icons"
GROUND, STONE = (15, 118, 110), (255, 255, 255)
SAMPLES = 4  # in each direction of a pixel

# On a field of 32: the lintel and three stones, as polygons.
SHAPES = [
    [(6.5, 9.2), (11, 8.4), (16, 8.1), (21, 8.4), (25.5, 9.2), (25.1, 12.5), (20.5, 11.8), (16, 11.5), (11.5, 11.8), (6.9, 12.5)],
    [(8.3, 14.3), (12.2, 13.8), (11.6, 24.5), (7.7, 24.5)],
    [(14.2, 13.7), (17.8, 13.7), (18.1, 24.5), (13.9, 24.5)],
    [(19.8, 13.8), (23.7, 14.3), (24.3, 24.5), (20.4, 24.5)],
]


def inside(shape, x, y):
    hit = False
    for (ax, ay), (bx, by) in zip(shape, shape[1:] + shape[:1]):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            hit = not hit
    return hit


def in_square(x, y, corner):
    dx, dy = max(corner - x, x - (32 - corner), 0), max(corner - y, y - (32 - corner), 0)
    return dx * dx + dy * dy <= corner * corner


def pixel(px, py, size, corner, scale):
    """Colour and cover of a pixel, from SAMPLES squared points in it."""
    ground = stone = 0
    for i in range(SAMPLES * SAMPLES):
        x = (px + (i % SAMPLES + 0.5) / SAMPLES) * 32 / size
        y = (py + (i // SAMPLES + 0.5) / SAMPLES) * 32 / size
        if corner and not in_square(x, y, corner):
            continue
        ground += 1
        inner = 16 + (x - 16) / scale, 16 + (y - 16) / scale
        stone += any(inside(shape, *inner) for shape in SHAPES)
    if not ground:
        return bytes(4)
    part = stone / ground
    colour = [round(g + (s - g) * part) for g, s in zip(GROUND, STONE)]
    return bytes(colour + [round(255 * ground / SAMPLES ** 2)])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(size, corner, scale):
    rows = b"".join(b"\0" + b"".join(pixel(x, y, size, corner, scale) for x in range(size)) for y in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def svg():
    paths = " ".join("M" + "L".join(f"{x:g} {y:g}" for x, y in shape) + "z" for shape in SHAPES)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#0f766e"/>'
            f'<path fill="#fff" d="{paths}"/></svg>\n')


OUT.mkdir(exist_ok=True)
(OUT / "icon.svg").write_text(svg())
for name, size, corner, scale in [("icon-192", 192, 9, 1), ("icon-512", 512, 9, 1), ("icon-180", 180, 0, 0.9), ("icon-maskable-512", 512, 0, 0.75)]:
    (OUT / f"{name}.png").write_bytes(png(size, corner, scale))
