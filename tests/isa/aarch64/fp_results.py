#!/usr/bin/env python3
"""Writes the lines of fp_results.inc: results of every FP instruction of the encodings tables, from an Armv8.2-A
processor or an emulation of one.

    fp_results.py [--cases N] [--seed S] [--run 'qemu-aarch64 -cpu max']

Needs aarch64-linux-gnu-gcc and -objdump: the latter says which words of an encoding are reserved.
"""
import argparse
import pathlib
import random
import re
import struct
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ENCODINGS = HERE.parents[2] / "src/isa/aarch64/encodings"

FZ16, FZ, DN, AHP = 1 << 19, 1 << 24, 1 << 25, 1 << 26


def table():
    for name in ("fp_scalar.inc", "simd_fp.inc"):
        for line in (ENCODINGS / name).read_text().splitlines():
            match = re.match(r'VENEER_INSN\((\w+), "[^"]*", (\S{32})\)', line)
            if match:
                yield match[1], match[2]


def random_word(rng, pattern):
    bits = [c if c in "01" else "0" if c == "-" else rng.choice("01") for c in pattern]
    # General registers and the like stay among the eight that the program fills.
    for field in (slice(22, 27), slice(27, 32)):
        if pattern[field] in ("nnnnn", "ddddd"):
            bits[field.start] = bits[field.start + 1] = "0"
    return int("".join(bits), 2)


def disassemble(words):
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(struct.pack("<I", w) for w in words))
        file.flush()
        text = subprocess.run(["aarch64-linux-gnu-objdump", "-D", "-b", "binary", "-m", "aarch64", file.name],
                              check=True, capture_output=True, text=True).stdout
    out = {}
    for line in text.splitlines():
        match = re.match(r"\s*[0-9a-f]+:\s+([0-9a-f]{8})\s+(.*)", line)
        if match:
            out[int(match[1], 16)] = re.sub(r"\s*//.*", "", match[2]).replace("\t", " ")
    return {w: text for w, text in out.items() if not text.startswith(".inst")}


def widths(pattern, word, name):
    """Widths of operand at which the instruction is interesting."""
    if "tt" in pattern[8:10]:
        return [{0: 32, 1: 64, 3: 16}.get(word >> 22 & 3, 32)]
    if name.startswith("BF") and name not in ("BFCVT", "BFCVTN_v"):
        return [16]
    if name.startswith(("FCMLA", "FCADD")):
        return [{1: 16, 2: 32, 3: 64}[word >> 22 & 3]]
    if name == "FCVTL_v":
        return [32 if word >> 22 & 1 else 16]
    if name == "FCVTN_v":
        return [64 if word >> 22 & 1 else 32]
    if "fixed" in name:
        return [64 if word >> 22 & 1 else 32 if word >> 21 & 1 else 16]
    if re.search(r"_[sv]h(_|$)|_half$", name):
        return [16]
    return [64 if word >> 22 & 1 else 32]


def random_fpcr(rng):
    if rng.random() < 0.5:
        return 0
    fpcr = rng.randrange(4) << 22
    for bit in (FZ16, FZ, DN, AHP):
        if rng.random() < 0.3:
            fpcr |= bit
    return fpcr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--run", default="qemu-aarch64 -cpu max")
    args = parser.parse_args()
    rng = random.Random(args.seed)

    candidates = [(name, pattern, [random_word(rng, pattern) for _ in range(args.cases * 6)])
                  for name, pattern in table()]
    text = disassemble([w for _, _, words in candidates for w in words])
    lines = []
    for name, pattern, words in candidates:
        for word in [w for w in words if w in text][:args.cases]:
            width = rng.choice(widths(pattern, word, name))
            fpcr = random_fpcr(rng)
            # QEMU 7.2 sets Z for a denormal that FZ made zero; FPToFixedJS() clears it. See fp_scalar_test.cpp.
            if name == "FJCVTZS":
                fpcr &= ~FZ
            lines.append(f"{word:08x} {width} {rng.getrandbits(24):x} {fpcr:x}\n")

    with tempfile.TemporaryDirectory() as directory:
        program = f"{directory}/fp_results"
        subprocess.run(["aarch64-linux-gnu-gcc", "-O1", "-static", "-o", program, HERE / "fp_results.c"], check=True)
        results = subprocess.run(args.run.split() + [program], input="".join(lines), check=True, capture_output=True,
                                 text=True).stdout
    for line in results.splitlines():
        word = int(line[3:11], 16)
        # QEMU 7.2 leaves a sign extension above the half precision scalar; the manual has zero there.
        if word & 0xfff0fc00 == 0x5f10fc00:
            fields = line.split(", ")
            fields[4] = f"0x{int(fields[4], 16) & 0xffff:016x}"
            line = ", ".join(fields)
        print(f"{line}  // {text[word]}")


main()
