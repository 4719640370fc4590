"""The fixed tasks: what is run, natively and as the guest's.

Each is a Task: argv (its first word a program of the root and of the host, or @NAME for a program compiled from
src/), standard input, and whether its output must be the same on every side. {work} is the directory of inputs.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    name: str
    argv: tuple
    stdin: str = ""  # a file of {work}
    same_output: bool = True
    repeat: int = 1  # runs in a row that count as one: for short ones
    kind: str = ""  # what the targets ask of it


PY_LOOPS = """
import json, re
class P:
    def __init__(s, x): s.x = x
    def step(s, k): s.x = (s.x * 31 + k) % 1000003; return s.x
p = P(7); d = {}
for i in range(250000):
    v = p.step(i); d[v % 1009] = d.get(v % 1009, 0) + 1
print(sum(d.values()), p.x)
"""
PY_LIBRARY = """
import json, re, hashlib
rows = [{'id': i, 'name': 'row %d' % (i * 7919 % 1000), 'tags': ['a', 'b', str(i)]} for i in range(20000)]
text = json.dumps(rows); back = json.loads(text)
print(len(text), len(re.findall(r'row (\\d+)5', text)), hashlib.sha256(text.encode()).hexdigest())
print(sorted(back, key=lambda r: (r['name'], -r['id']))[:2])
"""
PERL = r"""
my (%h, $n); open my $f, '<', $ARGV[0]; while (<$f>) { for my $w (split) { $h{$w}++; $n++ if $w =~ /^[aeiou].*[xyz]$/ } }
my @k = sort { $h{$b} <=> $h{$a} || $a cmp $b } keys %h; print "$n @k[0..9]\n"; print join('', map { reverse $_ } @k[0..99]), "\n";
"""
AWK = "{ for (i = 1; i <= NF; i++) { c[$i]++; s += length($i) * i % 7 } } END { for (w in c) n++; print n, s }"
SQL = (
    "create table t(a integer primary key, b text, c integer);"
    "insert into t select value, 'row ' || (value * 7919 % 100003), value * 31 % 1009 from generate_series(1, 60000);"
    "create index tb on t(b); create index tc on t(c);"
    "select count(*), sum(x.a) from t x join t y on x.c = y.c where y.a < 200;"
    "select c, count(*) from t group by c order by 2 desc, 1 limit 5;"
    "select sum(length(b)) from t where b like '%99%';"
)
BASH = "for ((i = 0; i < 60000; i++)); do ((s += i * 3 % 7)); a[i % 100]=$s; done; echo $s ${#a[@]} ${a[42]}"

TASKS = (
    Task("true", ("true",), repeat=10, kind="start"),
    Task("bash start", ("bash", "-c", "exit 0"), repeat=5),
    Task("gzip -9", ("gzip", "-9c"), stdin="text"),
    Task("gzip -d", ("gzip", "-dc"), stdin="text.gz", repeat=3),
    Task("bzip2", ("bzip2", "-c"), stdin="text"),
    Task("xz", ("xz", "-6c"), stdin="text"),
    Task("xz -d", ("xz", "-dc"), stdin="text.xz", repeat=2),
    Task("zstd -15", ("zstd", "-15", "-qc"), stdin="text"),
    Task("7zz a", ("7zz", "a", "-mx5", "-mmt1", "-bso0", "-bsp0", "-so", "-tgzip", "x", "{work}/text"), same_output=False),
    Task("sha256", ("openssl", "dgst", "-sha256", "{work}/big")),
    Task("md5sum", ("md5sum", "{work}/big")),
    Task("aes-256-ctr", ("openssl", "enc", "-aes-256-ctr", "-K", "00" * 32, "-iv", "00" * 16, "-in", "{work}/big", "-out", "/dev/null")),
    Task("python loops", ("python3", "-S", "-c", PY_LOOPS)),
    Task("python library", ("python3", "-c", PY_LIBRARY)),
    Task("perl", ("perl", "-e", PERL, "{work}/text")),
    Task("sqlite3", ("sqlite3", ":memory:", SQL)),
    Task("gawk", ("gawk", AWK, "{work}/text")),
    Task("bash loop", ("bash", "-c", BASH)),
    Task("sort", ("sort", "{work}/text")),
    Task("grep", ("grep", "-cE", "(ab|c[d-h])[a-k]+(z|q.?r)", "{work}/text"), repeat=2),
    Task("git log -p", ("git", "-C", "{work}/repo", "--no-pager", "log", "-p", "--stat"), repeat=2),
    Task("gcc -O2", ("cc1", "-quiet", "-O2", "{work}/program.c", "-o", "/dev/null")),
    Task("matrix product", ("@matmul",)),
    Task("fft", ("@fft",)),
    Task("mandelbrot", ("@mandelbrot",)),
    Task("sieve", ("@sieve",)),
)

# Of riscv64: loops that a compiler makes vectors of.
VECTOR_TASKS = (
    Task("v memory", ("@memory",)),
    Task("v strings", ("@strings",)),
    Task("v saxpy", ("@saxpy",)),
    Task("v matmul", ("@matmul_float",)),
)
