import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { type ShellCommand, sh } from "../../src/definition/shell-template.ts";

/** Runs what `sh` made as the engine does, and returns what it printed. */
function run({ script, args }: ShellCommand, shell: readonly string[] = ["bash", "-euo", "pipefail", "-c"]): string {
  const [program = "", ...options] = shell;
  const { status, stdout, stderr } = spawnSync(program, [...options, script, "lockstep", ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}`);
  return stdout;
}

const HOSTILE = [
  "plain",
  "",
  " two  spaces ",
  "a'b",
  'a"b',
  "a`id`b",
  "$(id)",
  "$HOME",
  "${HOME}",
  "line\nline\n",
  "-n",
  "--",
  "*",
  "~",
  "\\",
  "\\n",
  "a;id",
  "a|id",
  "a&id",
  "{a,b}",
  "!!",
  "#x",
  "é 漢 🎉",
  "\u001b]52;c;eA==\u0007",
  "x".repeat(100_000),
];

describe("every value is one argument", () => {
  test.each(HOSTILE)("%j reaches the command as it is", (value) => {
    expect(run(sh`printf '<%s>' ${value} x${value}y`)).toBe(`<${value}><x${value}y>`);
  });

  test("in every place where a value may stand", () => {
    const value = " $(id) * ";
    expect(run(sh`x=${value}; printf '<%s>' "$x"`)).toBe(`<${value}>`);
    expect(run(sh`printf '<%s>' "$(printf '%s.' ${value})"`)).toBe(`<${value}.>`);
    expect(run(sh`printf '%s' <<< ${value} | cat; cat <<< ${value}`)).toBe(`${value}\n`);
    expect(run(sh`for each in a ${value}; do printf '<%s>' "$each"; done # ${value}`)).toBe(`<a><${value}>`);
    expect(run(sh`case ${value} in ${value}) printf same ;; esac`)).toBe("same");
    expect(run(sh`if [ ${value} = ${value} ] && [[ ${value} == ${value} ]]; then printf same; fi`)).toBe("same");
    expect(run(sh`bash -c 'printf "<%s>" "$1"' _ ${value}`)).toBe(`<${value}>`);
    expect(run(sh`list=(${[value, value]}); printf '<%s>' "\${list[@]}"`)).toBe(`<${value}><${value}>`);
  });

  test("also beyond the ninth, and in a plain sh", () => {
    const values = Array.from({ length: 12 }, (_, at) => `v ${at}`);
    expect(run(sh`printf '<%s>' ${values}`, ["sh", "-euc"])).toBe(values.map((value) => `<${value}>`).join(""));
  });

  test("also where the script itself changes its arguments", () => {
    expect(
      run(sh`show() { printf '<%s>' "$1" ${"value"}; }; show own; set -- other; printf '<%s>' "$1" ${"last"}`),
    ).toBe("<own><value><other><last>");
  });

  test("numbers and booleans are text; a list is as many arguments as it is long", () => {
    expect(run(sh`printf '<%s>' ${3} ${true} ${["a b", 4]} end`)).toBe("<3><true><a b><4><end>");
    expect(run(sh`printf '<%s>' ${[]} end`)).toBe("<end>");
  });

  test("backslashes reach the shell as they are written", () => {
    expect(run(sh`printf 'a\tb\\n%s\n' ${"x"}`)).toBe("a\tb\\nx\n");
    expect(run(sh`x=3; printf '%s' "\${x}" \`echo 4\``)).toBe("34");
  });

  test("the script holds no value", () => {
    expect(sh`gzip -c ${"a b"} > ${"c"}.gz`).toMatchObject({ script: 'gzip -c "$1" > "$2".gz', args: ["a b", "c"] });
  });
});

describe("a value is refused where it would not be one argument", () => {
  const v = "x";
  const quotes = /drop the quotes: each value is already one argument/;
  test.each<[string, () => ShellCommand, RegExp]>([
    ["in double quotes", () => sh`echo "${v}"`, quotes],
    ["in single quotes", () => sh`echo '${v}'`, quotes],
    ["in $'…'", () => sh`echo $'a\'${v}'`, quotes],
    ["in quotes after an escaped one", () => sh`echo "a\"${v}"`, quotes],
    ["in quotes behind a command in quotes", () => sh`echo "$(echo "y")${v}"`, quotes],
    ["after sh -c", () => sh`sh -c ${v}`, /after sh -c a value would be run as a script/],
    ["after bash -lc", () => sh`sudo /bin/bash -x -lc ${v}`, /after sh -c/],
    ["after sh -c, behind text", () => sh`sh -c echo${v}`, /after sh -c/],
    ["after sh -c in a list of commands", () => sh`cd /tmp; find . -exec sh -c ${v} \;`, /after sh -c/],
    ["after eval", () => sh`eval echo ${v}`, /eval would run a value/],
    ["after trap", () => sh`trap ${v} EXIT`, /trap would run a value/],
    ["in arithmetic", () => sh`echo $((${v} + 1))`, /may not stand in arithmetic/],
    ["in an arithmetic command", () => sh`((x = ${v}))`, /may not stand in arithmetic/],
    ["after let", () => sh`let x=${v}`, /let would run commands/],
    ["in an index", () => sh`list[${v}]=3`, /may not stand in \[ \]/],
    ["in a computed test", () => sh`[[ ${v} -eq 3 ]]`, /bash computes both sides of -eq/],
    ["on the right of a computed test", () => sh`[[ 3 -lt ${v} ]]`, /bash computes both sides of -eq/],
    ["in a parameter", () => sh`echo \${x:-${v}}`, /may not stand inside \$\{…\}/],
    [
      "in a here-document",
      () => sh`cat <<EOF
${v}
EOF`,
      /may not stand in a here-document/,
    ],
    [
      "in a here-document with a quoted end",
      () => sh`cat <<-'END' | wc
	a ${v}
	END
echo`,
      /may not stand in a here-document/,
    ],
    ["after $", () => sh`echo $${v}`, /may not follow \$/],
  ])("%s", (_, make, expected) => {
    expect(make).toThrow(expected);
  });

  test("but not behind an escaped $ or backslash", () => {
    expect(run(sh`printf '%s' \\${v} \$${v}`)).toBe("\\x$x");
  });

  test("the message shows where", () => {
    expect(() => sh`gzip -c "${v}" > x`).toThrow(
      'sh: drop the quotes: each value is already one argument (at `gzip -c "${…}`)',
    );
  });

  test("quotes in comments and here-documents open nothing", () => {
    expect(
      run(sh`# don't
cat <<EOF
it's
EOF
printf '%s' ${v}`),
    ).toBe("it's\nx");
  });

  test("a list that is not a word of its own is refused", () => {
    expect(() => sh`ls --x=${["a", "b"]}`).toThrow(/a list must be a word of its own/);
    expect(() => sh`ls ${["a"]}.gz`).toThrow(/a list must be a word of its own/);
  });

  test.each([undefined, null, { a: 1 }, Number.NaN, () => 1])("%s is no value", (value) => {
    expect(() => sh`echo ${value as unknown as string}`).toThrow(/sh: value 1: expected text, a number or a boolean/);
  });

  test("NUL is refused", () => {
    expect(() => sh`echo ${"a\0b"}`).toThrow(/sh: value 1: holds a NUL character/);
    expect(() => sh(Object.assign(["echo \0"], { raw: ["echo \0"] }) as TemplateStringsArray)).toThrow(/NUL/);
  });

  test("text is no template, and there is no raw", () => {
    expect(() => sh("rm -rf /" as unknown as TemplateStringsArray)).toThrow(/expected a template/);
    expect("raw" in sh).toBe(false);
  });
});
