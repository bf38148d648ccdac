// Writes constant expressions of JavaScript and what Node makes of them, one `expression<TAB>answer` a line.
//
//     node observe/tests/oracle/generate.js SEED COUNT > observe/tests/oracle/javascript.txt
//
// What throws is left out; a result that is not of the evaluator's kinds is written as `{"?":1}`, which only "computed" may answer.
"use strict";
const [seed, count] = process.argv.slice(2).map(Number);
let state = seed >>> 0 || 1;
function random() {
  state ^= state << 13; state >>>= 0; state ^= state >>> 17; state ^= state << 5; state >>>= 0;
  return state / 4294967296;
}
const below = (limit) => Math.floor(random() * limit);
const choice = (list) => list[below(list.length)];
const WORDS = ["", "a", "fs", "child_process", "Hello World", "aGVsbG8=", "a,b,,c", "  pad ", "%41%zz", "0x1f", "12", "-7", "x.y.z", "AbC", "caf\u00e9", "\u65e5\u672c", "68656c6c6f", "zz", "aaa", "l1\nl2", "12abc", " 42 ", "1e3", "0b11", "\ud83d\ude00x"];
const text = () => JSON.stringify(random() < 0.8 ? choice(WORDS) : Array.from({ length: below(9) }, () => choice([..."abcXYZ019 .,-_/=+"])).join(""));
const number = () => String(choice([-9, -3, -2, -1, 0, 1, 2, 3, 4, 5, 7, 10, 13, 16, 31, 64, 65, 97, 122, 255, 256, 1000, 65535, 2147483647]));
const few = () => String(below(4));
const some = () => number();
const listOf = (one) => "[" + Array.from({ length: below(6) }, one).join(", ") + "]";
const call = (object, name, ...args) => `(${object}).${name}(${args.join(", ")})`;
const KINDS = {
  s: [text, (d) => `(${s(d)} + ${s(d)})`, (d) => `(${s(d)} + ${i(d)})`, (d) => `(${i(d)} + ${s(d)})`, (d) => call(s(d), choice(["toLowerCase", "toUpperCase", "trim", "trimStart", "trimEnd", "toString", "valueOf"])),
    (d) => call(s(d), choice(["slice", "substring", "substr"]), some()), (d) => call(s(d), choice(["slice", "substring", "substr"]), some(), some()), (d) => call(s(d), "charAt", few()), (d) => call(s(d), "at", some()), (d) => `(${s(d)})[${few()}]`,
    (d) => call(s(d), "replace", s(0), s(0)), (d) => call(s(d), "replaceAll", s(0), s(0)), (d) => call(s(d), "repeat", few()), (d) => call(s(d), "concat", s(d), i(0)), (d) => call(s(d), choice(["padStart", "padEnd"]), some(), s(0)),
    (d) => call(l(d), "join", s(0)), (d) => call(n(d), "join", s(0)), (d) => call(l(d), "join"), (d) => `(${s(d)}).split("").reverse().join("")`, (d) => `String.fromCharCode(${n(0).slice(1, -1)})`, (d) => `String.fromCharCode(...${n(d)})`,
    (d) => `String(${choice([s, i, o, n])(d)})`, (d) => call(i(d), "toString"), (d) => `(${i(d)}).toString(${choice([2, 8, 16, 36])})`, (d) => `atob(btoa(${s(d)}))`, (d) => `btoa(${s(d)})`, (d) => `atob(${text()})`,
    (d) => `Buffer.from(${s(d)}).toString(${choice(["", '"hex"', '"base64"', '"utf8"', '"latin1"'])})`, (d) => `Buffer.from(${s(d)}, ${choice(['"hex"', '"base64"', '"utf8"', '"latin1"'])}).toString()`, (d) => `Buffer.from(${n(d)}).toString(${choice(["", '"hex"'])})`,
    (d) => `unescape(${s(d)})`, (d) => `escape(${s(d)})`, (d) => `decodeURIComponent(${s(d)})`, (d) => `encodeURIComponent(${s(d)})`, (d) => "`a${" + choice([s, i])(d) + "}b`", (d) => `(${o(d)} ? ${s(d)} : ${s(d)})`, (d) => `(${s(d)} || ${s(d)})`, (d) => `(${s(d)} && ${s(d)})`, (d) => `(null ?? ${s(d)})`,
    (d) => `typeof ${choice([s, i, o, n])(d)}`, (d) => `JSON.stringify(${choice([s, i, l, n, o])(d)})`, (d) => `JSON.parse(JSON.stringify(${s(d)}))`, (d) => `Array.from(${s(d)}).join("-")`, (d) => `[...${s(d)}].map((c) => String.fromCharCode(c.charCodeAt(0) ^ ${few()})).join("")`, (d) => `(${l(d)})[${few()}]`,
    (d) => `((a, b = ${s(0)}) => a + b)(${s(d)})`, (d) => `(function () { var t = ""; for (var j = 0; j < ${few()}; j++) t += ${s(0)}; return t; })()`, (d) => `${n(d)}.map((c) => String.fromCharCode(c)).join("")`, (d) => `(${m(d)})[${s(0)}]`, (d) => `[${s(d)}][0]`, (d) => `(${s(d)}, ${s(d)})`],
  i: [number, (d) => `(${i(d)} ${choice(["+", "-", "*", "&", "|", "^"])} ${i(d)})`, (d) => `(${i(d)} ${choice(["%", "/"])} ${i(d)})`, (d) => `(${i(d)} ${choice(["<<", ">>", ">>>"])} ${some()})`, (d) => `(-${i(d)})`.replace("--", "- -"), (d) => `(~${i(d)})`, (d) => `(+${choice([o, s])(d)})`, (d) => `(${i(0)} ** ${few()})`,
    (d) => `(${choice([s, l, n])(d)}).length`, (d) => `parseInt(${s(d)})`, (d) => `parseInt(${s(d)}, ${choice([2, 8, 10, 16, 36])})`, (d) => `Number(${choice([s, i, o])(d)})`, (d) => call(s(d), "charCodeAt", few()), (d) => call(s(d), choice(["indexOf", "lastIndexOf"]), s(0)), (d) => call(l(d), "indexOf", s(0)),
    (d) => `(${n(d)})[${few()}]`, (d) => `${n(d)}.reduce((a, b) => a + b, ${i(0)})`, (d) => `Math.${choice(["floor", "abs", "round", "ceil"])}(${i(d)})`, (d) => `Math.${choice(["max", "min"])}(${i(d)}, ${i(d)})`, (d) => `(${o(d)} ? ${i(d)} : ${i(d)})`, (d) => `Object.keys(${m(d)}).length`, (d) => `((x) => x * 2 + 1)(${i(d)})`, (d) => `(${s(d)} - ${i(d)})`, (d) => `(${s(d)} * 1)`, (d) => `(${i(d)} || ${i(d)})`],
  n: [() => listOf(number), (d) => `[...${n(d)}, ...${n(0)}]`, (d) => call(n(d), "concat", n(d)), (d) => call(n(d), "slice", some()), (d) => call(n(d), "slice", some(), some()), (d) => call(n(d), "reverse"), (d) => `${n(d)}.map((x) => x ${choice(["+", "-", "^"])} ${few()})`, (d) => `${n(d)}.filter((x) => x > ${number()})`, (d) => `[...${s(d)}].map((c) => c.charCodeAt(0))`, (d) => `Array.from({ length: ${few()} }, (_, j) => j)`, (d) => `Array.from(Buffer.from(${s(d)}))`, (d) => `${n(d)}.map((x, j) => j)`],
  l: [() => listOf(text), (d) => call(s(d), "split", s(0)), (d) => call(s(d), "split"), (d) => call(s(d), "split", s(0), few()), (d) => `[...${s(d)}]`, (d) => call(l(d), "concat", l(d), s(0)), (d) => call(l(d), "slice", some()), (d) => call(l(d), "reverse"), (d) => `${l(d)}.map((x) => x + ${s(0)})`, (d) => `${l(d)}.filter((x) => x)`, (d) => `Object.keys(${m(d)})`, (d) => `${l(d)}.sort()`, (d) => `Array(${s(d)}, ${s(d)})`],
  m: [() => "{" + Array.from({ length: below(4) }, () => `${choice(["a", "b", '"c d"', "x1"])}: ${choice([text, number])()}`).join(", ") + "}", (d) => `{ ...${m(d)}, [${s(0)}]: ${i(d)} }`, (d) => `Object.assign({}, ${m(d)}, ${m(d)})`, (d) => `JSON.parse(${JSON.stringify(JSON.stringify({ a: [1, "x", null], b: true }))})`, (d) => `Object.fromEntries([[${s(0)}, ${i(d)}]])`],
  o: [() => choice(["true", "false", "!0", "!1", "!![]", "![]"]), (d) => `(${i(d)} ${choice(["==", "===", "!=", "!==", "<", ">", "<=", ">="])} ${i(d)})`, (d) => `(${s(d)} ${choice(["==", "===", "!=", "!==", "<"])} ${s(d)})`, (d) => `!${choice([s, i, l, m])(d)}`, (d) => call(s(d), choice(["includes", "startsWith", "endsWith"]), s(0)), (d) => call(l(d), "includes", s(0)), (d) => `(${o(d)} && ${o(d)})`, (d) => `(${o(d)} || ${o(d)})`, (d) => `${n(d)}.some((x) => x > 3)`, (d) => `${n(d)}.every((x) => x > 3)`, (d) => `(${s(d)} == ${i(d)})`, (d) => `Array.isArray(${choice([l, s])(d)})`, (d) => `(${s(0)} in ${m(d)})`],
};
function one(kind, depth) {
  const options = KINDS[kind];
  return depth <= 0 || random() < 0.15 ? options[0]() : options[1 + below(options.length - 1)](depth - 1);
}
const [s, i, n, l, m, o] = [..."sinlmo"].map((kind) => (depth) => one(kind, depth));
const UNKNOWN = '{"?":1}';
function shown(value) {
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : UNKNOWN;
  if (typeof value === "string") return value.isWellFormed() ? JSON.stringify(value) : UNKNOWN;
  if (Buffer.isBuffer(value)) return JSON.stringify({ b: value.toString("hex") });
  if (Array.isArray(value)) return "[" + Array.from(value, shown).join(",") + "]";
  if (typeof value === "object") return '{"m":{' + Object.entries(value).map(([key, inner]) => JSON.stringify(key) + ":" + shown(inner)).join(",") + "}}";
  return UNKNOWN;
}
const seen = new Set();
while (seen.size < count) {
  const expr = one(choice([..."sssssiiinlmo"]), 1 + below(4));
  if (expr.length > 300 || /[\t\n]/.test(expr) || seen.has(expr)) continue;
  let answer;
  try {
    answer = shown((0, eval)(`(${expr})`));
  } catch {
    continue;
  }
  if (answer.length > 1000) continue;
  seen.add(expr);
  console.log(expr + "\t" + answer);
}
