"""The inputs of the tasks, the same at every run."""

import os
import random
import subprocess


def text(path):
    r = random.Random(1)
    words = ["".join(r.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(r.randint(2, 9))) for _ in range(5000)]
    with open(path, "w") as f:
        for _ in range(70000):
            f.write(" ".join(r.choice(words) for _ in range(8)) + "\n")


def big(path):
    block = random.Random(2).randbytes(1 << 20)
    with open(path, "wb") as f:
        for _ in range(120):
            f.write(block)


def program(path):
    with open(path, "w") as f:
        for i in range(60):
            f.write(
                f"""
int f{i}(int *a, unsigned long n, int k) {{
  int s = {i};
  for (unsigned long j = 0; j < n; ++j) {{
    if (a[j] > k) s += a[j] * {i + 3};
    else if (a[j] & 1) s ^= a[j] >> 2;
    else s -= k;
  }}
  switch (s % 7) {{
    case 0: return s;
    case 1: return s + k;
    case 2: a[0] = s; return 3;
    case 5: return f{max(i - 1, 0)}(a, n - 1, k + 1);
    default: return -s;
  }}
}}
"""
            )


def repository(path, env):
    def git(*args):
        subprocess.run(["git", "-C", path, *args], env=env, check=True, stdout=subprocess.DEVNULL)

    os.makedirs(path)
    git("init", "-q")
    r = random.Random(3)
    lines = [f"line {i} {r.random()}" for i in range(400)]
    for n in range(60):
        for _ in range(20):
            lines[r.randrange(len(lines))] = f"changed {n} {r.random()}"
        with open(f"{path}/file", "w") as f:
            f.write("\n".join(lines) + "\n")
        git("add", "file")
        git("commit", "-qm", f"change {n}")


def make(work, env):
    text(f"{work}/text")
    big(f"{work}/big")
    program(f"{work}/program.c")
    repository(f"{work}/repo", env)
    for suffix, command in (("gz", ["gzip", "-9c"]), ("xz", ["xz", "-6c"])):
        with open(f"{work}/text", "rb") as i, open(f"{work}/text.{suffix}", "wb") as o:
            subprocess.run(command, stdin=i, stdout=o, check=True)
