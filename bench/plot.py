"""A bar chart as SVG: CPU time as a multiple of native, on a logarithmic scale."""

import math
from xml.sax.saxutils import escape

COLOURS = {"qemu": "#b0664a", "veneer": "#2f7d6b"}


def svg(results, geomean, title):
    rows = [(r["name"], r["qemu"]["cpu"] / r["native"]["cpu"], r["veneer"]["cpu"] / r["native"]["cpu"]) for r in results]
    rows.sort(key=lambda r: r[2])
    rows.append(("geometric mean", geomean["qemu/native"], geomean["veneer/native"]))
    left, top, row, width = 130, 64, 26, 620
    high = max(max(q, v) for _, q, v in rows)
    decades = max(1, math.ceil(math.log10(high)))

    def x(value):
        return left + width * max(0.0, math.log10(max(value, 1.0))) / decades

    height = top + row * len(rows) + 46
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 70}" height="{height}" font-family="sans-serif" font-size="11">',
        f'<rect width="100%" height="100%" fill="#fff"/><text x="{left}" y="22" font-size="15">{escape(title)}</text>',
    ]
    for i, (who, label) in enumerate((("qemu", "QEMU user mode"), ("veneer", "veneer"))):
        out.append(f'<rect x="{left + i * 140}" y="34" width="12" height="12" fill="{COLOURS[who]}"/>')
        out.append(f'<text x="{left + 18 + i * 140}" y="44">{label}</text>')
    bottom = top + row * len(rows)
    for d in range(decades + 1):
        for m in (1, 2, 5):
            value = m * 10**d
            if value > 10**decades:
                break
            out.append(f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{top - 4}" y2="{bottom}" stroke="#ddd"/>')
            out.append(f'<text x="{x(value):.1f}" y="{bottom + 14}" text-anchor="middle">{value}</text>')
    out.append(f'<text x="{left + width / 2}" y="{bottom + 34}" text-anchor="middle">CPU time, times native</text>')
    for i, (name, qemu, veneer) in enumerate(rows):
        y = top + i * row
        weight = ' font-weight="bold"' if name == "geometric mean" else ""
        out.append(f'<text x="{left - 8}" y="{y + 15}" text-anchor="end"{weight}>{escape(name)}</text>')
        for k, (who, value) in enumerate((("qemu", qemu), ("veneer", veneer))):
            out.append(
                f'<rect x="{left}" y="{y + 1 + k * 11}" width="{max(1.0, x(value) - left):.1f}" height="10" fill="{COLOURS[who]}"/>'
            )
            out.append(f'<text x="{x(value) + 4:.1f}" y="{y + 10 + k * 11}" font-size="9">{value:.1f}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"
