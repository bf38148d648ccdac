"""Writes constant expressions of Python and what CPython makes of them, one `expression<TAB>answer` a line.

    python3 observe/tests/oracle/generate.py SEED COUNT > observe/tests/oracle/python.txt

What raises is left out; a result that is not of the evaluator's kinds is written as `{"?":1}`, which only "computed" may answer.
"""

import base64, binascii, bz2, codecs, gzip, json, lzma, random, sys, urllib.parse, zlib, posixpath, functools, itertools

SEED, COUNT = int(sys.argv[1]), int(sys.argv[2])
R = random.Random(SEED)
WORDS = ["", "a", "os", "system", "Hello World", "aGVsbG8=", "a,b,,c", "  pad ", "%41%zz", "0x1f", "12", "-7", "x.y.z", "AbC", "caf\u00e9", "\u65e5\u672c", "tab\tq", "l1\nl2\r\nl3", "{}", "{0}-{1}", "%s", "%d%%", "68656c6c6f", "zz", "aaa", "\u00df\u0130", "1_000", "\U0001f600x"]
TYPES = "sbiltmo"


def one(kind, depth):
    options = KINDS[kind]
    leaf = options[0]
    if depth <= 0 or R.random() < 0.15:
        return leaf()
    return R.choice(options[1:])(depth - 1)


def s(d): return one("s", d)
def b(d): return one("b", d)
def i(d): return one("i", d)
def l(d): return one("l", d)
def n(d): return one("n", d)
def m(d): return one("m", d)
def o(d): return one("o", d)


def small(): return str(R.choice([-9, -3, -2, -1, 0, 1, 2, 3, 4, 5, 7, 10, 13, 16, 31, 64, 65, 97, 122, 255, 256, 1000]))
def opt(): return R.choice(["", small(), small()])
def cut(x): return "%s[%s:%s%s]" % (x, opt(), opt(), R.choice(["", "", ":-1", ":2", ":-2", ":" + small()]))
def text(): return repr(R.choice(WORDS)) if R.random() < 0.8 else repr("".join(R.choice("abcXYZ019 .,-_/=+") for _ in range(R.randrange(9))))
def raw(): return repr(R.choice(WORDS).encode()) if R.random() < 0.7 else repr(bytes(R.randrange(256) for _ in range(R.randrange(7))))
def names(): return "[" + ", ".join(text() for _ in range(R.randrange(5))) + "]"
def numbers(): return "[" + ", ".join(small() for _ in range(R.randrange(6))) + "]"
def table(): return "{" + ", ".join("%s: %s" % (text(), R.choice([text, small])()) for _ in range(R.randrange(4))) + "}"
def truth(): return R.choice(["True", "False"])
def method(x, name, *args): return "(%s).%s(%s)" % (x, name, ", ".join(args))
def count(): return R.choice(["-1", "0", "1", "2", "3"])


KINDS = {
    "s": [text,
        lambda d: "(%s + %s)" % (s(d), s(d)), lambda d: "(%s * %s)" % (s(d), count()), lambda d: cut(s(d)), lambda d: "(%s)[%s]" % (s(d), small()),
        lambda d: method(s(d), R.choice(["lower", "upper", "swapcase", "strip", "lstrip", "rstrip", "title", "capitalize", "casefold", "expandtabs"])),
        lambda d: method(s(d), R.choice(["strip", "lstrip", "rstrip", "removeprefix", "removesuffix"]), s(0)),
        lambda d: method(s(d), "replace", s(0), s(d)), lambda d: method(s(d), "replace", s(0), s(0), count()),
        lambda d: method(s(d), "join", l(d)), lambda d: method(s(0), "join", s(d)), lambda d: "str(%s)" % R.choice([i, s, o, l, b])(d),
        lambda d: "repr(%s)" % R.choice([i, s])(d), lambda d: "chr(%s)" % i(d), lambda d: "hex(%s)" % i(d), lambda d: "oct(%s)" % i(d), lambda d: "bin(%s)" % i(d),
        lambda d: method(b(d), "decode"), lambda d: method(b(d), "decode", R.choice(["'utf-8'", "'latin-1'", "'ascii'", "'utf-16-le'", "'cp1252'", "'utf8'"])),
        lambda d: method(b(d), "hex"), lambda d: "codecs.decode(%s, 'rot13')" % s(d), lambda d: "codecs.encode(%s, 'rot13')" % s(d),
        lambda d: "urllib.parse.unquote(%s)" % s(d), lambda d: "urllib.parse.quote(%s)" % s(d), lambda d: "('%%s-%%d' %% (%s, %s))" % (s(d), i(d)),
        lambda d: "('%%s' %% %s)" % s(d), lambda d: "('%%%s' %% %s)" % (R.choice(["d", "x", "X", "02x", "05d", "i", "c", "o", "-4d|", "+d", "s", "r"]), i(d)),
        lambda d: "'{}|{}'.format(%s, %s)" % (s(d), i(d)), lambda d: "'{1}{0}'.format(%s, %s)" % (s(d), s(d)), lambda d: "'{x}{{}}'.format(x=%s)" % s(d),
        lambda d: "'{:%s}'.format(%s)" % (R.choice(["02x", "d", "x", "5", "b"]), i(d)), lambda d: "f'{%s}!'" % R.choice(["1 + 2", "chr(97)", "12", "len([1])"]),
        lambda d: "posixpath.join(%s, %s)" % (text(), text()), lambda d: "max(%s)" % l(d), lambda d: "min(%s)" % l(d), lambda d: "(%s)[%s]" % (l(d), small()),
        lambda d: "(%s).get(%s, %s)" % (m(d), s(0), s(0)), lambda d: "''.join(map(chr, %s))" % n(d), lambda d: "''.join(chr(x ^ %s) for x in %s)" % (small(), R.choice([n, b])(d)),
        lambda d: "''.join(reversed(%s))" % s(d), lambda d: "''.join(sorted(%s))" % s(d), lambda d: "''.join([c for c in %s if c != %s])" % (s(d), s(0)),
        lambda d: "(%s).translate(str.maketrans(%s, %s))" % (s(d), s(0), s(0)), lambda d: "(%s).zfill(%s)" % (s(d), count()), lambda d: "(%s).ljust(%s, '*')" % (s(d), small()),
        lambda d: "(%s).partition(%s)[%s]" % (s(d), s(0), R.choice("012")), lambda d: "(%s if %s else %s)" % (s(d), o(d), s(d)), lambda d: "(%s or %s)" % (s(d), s(d)), lambda d: "(%s and %s)" % (s(d), s(d)),
        lambda d: "functools.reduce(lambda a, b: a + b, %s, '')" % l(d), lambda d: "(lambda x, y=%s: x + y)(%s)" % (s(0), s(d)), lambda d: "json.loads(%r)" % json.dumps(R.choice(WORDS)),
        lambda d: "json.dumps(%s)" % R.choice([s, i, l, n, o])(d), lambda d: "format(%s, '%s')" % (i(d), R.choice(["x", "d", "08b", ""])), lambda d: "base64.b64encode(%s).decode()" % b(d),
        lambda d: "str(%s, 'utf-8')" % b(d), lambda d: "ascii(%s)" % s(d), lambda d: "''.join(dict.fromkeys(%s))" % s(d), lambda d: "type(%s).__name__" % R.choice([s, i, b])(0)],
    "b": [raw,
        lambda d: "(%s + %s)" % (b(d), b(d)), lambda d: "(%s * %s)" % (b(d), count()), lambda d: cut(b(d)), lambda d: method(s(d), "encode"),
        lambda d: method(s(d), "encode", R.choice(["'utf-8'", "'latin-1'", "'utf-16-le'", "'ascii'", "'utf-16'"])), lambda d: "bytes(%s)" % n(d), lambda d: "bytes(%s)" % count(),
        lambda d: "bytearray(%s)" % b(d), lambda d: "bytes([x ^ %s for x in %s])" % (small(), b(d)), lambda d: "bytes(a ^ b for a, b in zip(%s, itertools.cycle(%s)))" % (b(d), b(0)),
        lambda d: "base64.b64decode(%s)" % R.choice([s, b])(d), lambda d: "base64.b64decode(base64.b64encode(%s))" % b(d), lambda d: "base64.b64encode(%s)" % b(d),
        lambda d: "base64.urlsafe_b64encode(%s)" % b(d), lambda d: "base64.urlsafe_b64decode(base64.urlsafe_b64encode(%s))" % b(d), lambda d: "base64.b32decode(base64.b32encode(%s))" % b(d), lambda d: "base64.b16decode(base64.b16encode(%s))" % b(d),
        lambda d: "base64.b85decode(base64.b85encode(%s))" % b(d), lambda d: "base64.a85decode(base64.a85encode(%s))" % b(d), lambda d: "base64.b85decode(%s)" % s(d), lambda d: "base64.b32decode(%s)" % s(0), lambda d: "base64.b16decode(%s)" % s(0),
        lambda d: "bytes.fromhex(%s)" % s(d), lambda d: "binascii.unhexlify(%s)" % s(d), lambda d: "binascii.hexlify(%s)" % b(d), lambda d: "bytes.fromhex((%s).hex())" % b(d), lambda d: "binascii.a2b_base64(%s)" % s(0),
        lambda d: "zlib.decompress(zlib.compress(%s))" % b(d), lambda d: "zlib.decompress(%r)" % zlib.compress(R.choice(WORDS).encode() * R.randrange(4)), lambda d: "gzip.decompress(%r)" % gzip.compress(R.choice(WORDS).encode() * 3, mtime=0),
        lambda d: "bz2.decompress(%r)" % bz2.compress(R.choice(WORDS).encode() * 3), lambda d: "lzma.decompress(%r)" % lzma.compress(R.choice(WORDS).encode() * 3), lambda d: "codecs.decode(%s, 'hex')" % b(0),
        lambda d: method(b(d), R.choice(["strip", "upper", "lower"])), lambda d: method(b(d), "replace", b(0), b(0)), lambda d: method(b(0), "join", "[%s, %s]" % (b(d), b(d))), lambda d: "bytes(reversed(%s))" % b(d),
        lambda d: "bytes(%s, 'utf-8')" % s(d), lambda d: "int.to_bytes(%s, 4, 'big')" % small(), lambda d: "(%s).to_bytes(8, 'little')" % small(), lambda d: "codecs.encode(%s, 'hex')" % b(d)],
    "i": [small,
        lambda d: "(%s %s %s)" % (i(d), R.choice(["+", "-", "*", "%", "//", "^", "&", "|"]), i(d)), lambda d: "(%s %s %s)" % (i(d), R.choice(["<<", ">>", "**"]), count()), lambda d: "(%s %s %s)" % (i(d), R.choice(["%", "//", "/"]), i(d)), lambda d: "(-%s)" % i(d), lambda d: "(~%s)" % i(d), lambda d: "(+%s)" % o(d),
        lambda d: "len(%s)" % R.choice([s, b, l, n, m])(d), lambda d: "ord(%s)" % s(d), lambda d: "ord((%s)[0])" % s(d), lambda d: "int(%s)" % s(d), lambda d: "int(%s, %s)" % (s(d), R.choice(["0", "2", "8", "10", "16", "36"])),
        lambda d: "int('%s', %s)" % (R.choice(["ff", "0xff", "0b101", "077", "z", "-1a", " 12 ", "1_2"]), R.choice(["0", "2", "8", "10", "16", "36"])), lambda d: "int(%s)" % i(d), lambda d: "sum(%s)" % n(d), lambda d: "max(%s)" % n(d), lambda d: "min(%s)" % n(d), lambda d: "abs(%s)" % i(d),
        lambda d: method(s(d), R.choice(["find", "index", "rfind", "count"]), s(0)), lambda d: method(s(d), "find", s(0), count()), lambda d: "(%s)[%s]" % (R.choice([n, b])(d), small()), lambda d: method(n(d), R.choice(["index", "count"]), small()),
        lambda d: "int.from_bytes(%s, '%s')" % (b(d), R.choice(["big", "little"])), lambda d: "(%s if %s else %s)" % (i(d), o(d), i(d)), lambda d: "len(set(%s))" % R.choice([s, n])(d), lambda d: "(%s or %s)" % (i(d), i(d)), lambda d: "pow(%s, %s, %s)" % (small(), count(), small()), lambda d: "round(%s)" % i(d), lambda d: "divmod(%s, %s)[%s]" % (i(d), i(d), R.choice("01")),
        lambda d: "functools.reduce(lambda a, b: a * 31 + b, %s, 7)" % n(d), lambda d: "(lambda x: x * 2 + 1)(%s)" % i(d)],
    "n": [numbers,
        lambda d: "(%s + %s)" % (n(d), n(d)), lambda d: cut(n(d)), lambda d: "list(%s)" % b(d), lambda d: "list(map(ord, %s))" % s(d), lambda d: "[ord(c) for c in %s]" % s(d), lambda d: "list(range(%s))" % small(), lambda d: "list(range(%s, %s, %s))" % (small(), small(), small()),
        lambda d: "sorted(%s)" % n(d), lambda d: "sorted(%s, reverse=True)" % n(d), lambda d: "list(reversed(%s))" % n(d), lambda d: "[x for x in %s if x > %s]" % (n(d), small()), lambda d: "[x + y for x in %s for y in %s]" % (n(0), n(0)), lambda d: "(%s * %s)" % (n(d), count()),
        lambda d: "list(filter(lambda x: x %% 2, %s))" % n(d), lambda d: "list(map(lambda x: x - 1, %s))" % n(d), lambda d: "list(map(int, %s))" % l(d), lambda d: "[i for i, x in enumerate(%s)]" % l(d), lambda d: "[a * b for a, b in zip(%s, %s)]" % (n(0), n(0)), lambda d: "list(%s)" % n(d), lambda d: "list(filter(None, %s))" % n(d)],
    "l": [names,
        lambda d: "(%s + %s)" % (l(d), l(d)), lambda d: cut(l(d)), lambda d: method(s(d), "split"), lambda d: method(s(d), "split", s(0)), lambda d: method(s(d), "split", s(0), count()), lambda d: method(s(d), "rsplit", s(0), count()), lambda d: "list(%s)" % s(d), lambda d: "sorted(%s)" % l(d), lambda d: "list(reversed(%s))" % l(d),
        lambda d: method(s(d), "splitlines"), lambda d: "[x.upper() for x in %s]" % l(d), lambda d: "[x for x in %s if x]" % l(d), lambda d: "list(map(str, %s))" % n(d), lambda d: "list((%s).keys())" % m(d), lambda d: "list(%s)" % m(d), lambda d: "list(dict(zip(%s, %s)).values())" % (l(0), l(0)), lambda d: "[*%s, *%s]" % (l(d), s(0)),
        lambda d: "[k for k, v in (%s).items()]" % m(d), lambda d: "(%s * %s)" % (l(d), count()), lambda d: "list(map(lambda x: x[::-1], %s))" % l(d), lambda d: "sorted(%s, key=len)" % l(d), lambda d: "[%s[j:j + 2] for j in range(0, len(%s), 2)]" % ((lambda t: (t, t))(text()))],
    "m": [table,
        lambda d: "dict(a=%s, b=%s)" % (s(d), i(d)), lambda d: "{**%s, **%s}" % (m(d), m(d)), lambda d: "dict(zip(%s, %s))" % (l(d), n(d)), lambda d: "{k: v for k, v in (%s).items()}" % m(d), lambda d: "dict(%s)" % m(d), lambda d: "{c: ord(c) for c in %s}" % s(d), lambda d: "json.loads(%r)" % json.dumps({"a": [1, "x", None], "b": True})],
    "o": [truth,
        lambda d: "(%s %s %s)" % (i(d), R.choice(["==", "!=", "<", ">", "<=", ">="]), i(d)), lambda d: "(%s %s %s)" % (s(d), R.choice(["==", "!=", "in", "not in", "<"]), s(d)), lambda d: "(not %s)" % R.choice([s, i, l, b, m, o])(d), lambda d: "(%s in %s)" % (s(0), R.choice([l, m])(d)), lambda d: "(%s in %s)" % (i(0), n(d)),
        lambda d: method(s(d), R.choice(["isdigit", "isalpha", "isupper", "islower", "isalnum", "isspace"])), lambda d: method(s(d), R.choice(["startswith", "endswith"]), s(0)), lambda d: method(s(d), R.choice(["startswith", "endswith"]), "(%s, %s)" % (s(0), s(0))), lambda d: "bool(%s)" % R.choice([s, i, l])(d), lambda d: "(%s and %s)" % (o(d), o(d)), lambda d: "(%s or %s)" % (o(d), o(d)),
        lambda d: "(%s is None)" % R.choice([s, i])(d), lambda d: "any(%s)" % n(d), lambda d: "all(%s)" % n(d), lambda d: "isinstance(%s, str)" % R.choice([s, i])(d), lambda d: "(%s == %s)" % (l(d), l(d)), lambda d: "(%s == %s)" % (b(d), s(d)), lambda d: "(1 == %s)" % o(d), lambda d: "(%s < %s < %s)" % (i(d), i(d), i(d))],
}


UNKNOWN = '{"?":1}'


def shown(value):
    if value is None: return "null"
    if isinstance(value, bool): return "true" if value else "false"
    if isinstance(value, int): return str(value) if -2**63 <= value < 2**63 else UNKNOWN
    if isinstance(value, str):
        if any(0xD800 <= ord(c) < 0xE000 for c in value): return UNKNOWN
        return json.dumps(value)
    if isinstance(value, (bytes, bytearray)): return json.dumps({"b": value.hex()})
    if isinstance(value, (list, tuple)): return "[" + ",".join(map(shown, value)) + "]"
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value): return UNKNOWN
        return '{"m":{' + ",".join(json.dumps(key) + ":" + shown(inner) for key, inner in value.items()) + "}}"
    return UNKNOWN


import warnings
warnings.simplefilter("ignore")
sys.set_int_max_str_digits(4300)
seen = set()
while len(seen) < COUNT:
    expr = one(R.choice("ssssbbiilnmo"), R.randrange(1, 5))
    if len(expr) > 300 or "\t" in expr or "\n" in expr or expr in seen:
        continue
    try:
        answer = shown(eval(expr))
    except RecursionError:
        raise
    except Exception:
        continue
    if len(answer) > 1000:
        continue
    seen.add(expr)
    print(expr + "\t" + answer)
