/**
 * `npm test`: lint, types, build, the checks of the package, then each folder of `test/` as a vitest run of its own, one
 * after the other. Everything runs, whatever failed before. The last line is the sum, "N passed, N failed": a check that
 * failed counts as one failed test, and so does a run in which no test ran.
 *
 * `npm test -- unit store` runs only these folders, without the checks.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** The cheap ones first. */
const ORDER = ["types", "unit", "property", "store", "engine", "commands", "terminal", "crash", "e2e"];

/** What is checked besides tests. Each is a script of package.json. */
const CHECKS = ["build", "lint:style", "lint:arrows", "lint:unused", "types", "check:package"];

/** Folders that were asked for; none: everything, the build first. */
const asked = process.argv.slice(2);

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; message?: string; assertionResults: { status: string }[] }[];
}

function runCheck(script: string): Count {
  console.log(`\n── ${script} ${"─".repeat(60)}`);
  const { status } = spawnSync("npm", ["run", "--silent", script], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) console.log(`${script} failed`);
  return { passed: 0, failed: status === 0 ? 0 : 1, skipped: 0 };
}

/** A run that takes longer hangs: a test has left a process behind. */
const RUN_MS_MAX = 15 * 60_000;

/**
 * One folder. Tests with real processes meet a machine that is busy with something else: what failed is run once more,
 * alone, and it is said in the output which files needed that. What fails twice has failed.
 */
function runTests(project: string, reports: string): Count {
  console.log(`\n── test/${project} ${"─".repeat(60)}`);
  const first = runVitest(project, join(reports, `${project}.json`), []);
  if (first.failedFiles.length === 0) return first.count;
  console.log(`\n── test/${project}, once more: ${first.failedFiles.length} files ${"─".repeat(40)}`);
  const second = runVitest(project, join(reports, `${project}-again.json`), first.failedFiles);
  for (const file of first.failedFiles) {
    const verdict = second.failedFiles.includes(file) ? "failed twice" : "passed only when it was run a second time";
    console.log(`UNSTEADY ${file}: ${verdict}`);
  }
  return {
    ...first.count,
    passed: first.count.passed + second.count.passed - first.passedAgain,
    failed: second.count.failed,
  };
}

interface RunResult {
  readonly count: Count;
  readonly failedFiles: readonly string[];
  /** Tests that passed in files that failed: they are counted again by the second run. */
  readonly passedAgain: number;
}

function runVitest(project: string, report: string, files: readonly string[]): RunResult {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const options = ["--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, [vitest, "run", ...options, ...files], {
    cwd: ROOT,
    env: { ...process.env, LOCKSTEP_TESTS: asked.length === 0 ? "built" : "sources" },
    stdio: ["ignore", "inherit", "inherit"],
    timeout: RUN_MS_MAX,
    killSignal: "SIGKILL",
  });
  const count = countReport(project, status, report);
  const failed = count.failed === 0 ? [] : listFailedFiles(report);
  const passedAgain = failed
    .flatMap((result) => result.assertionResults)
    .filter((each) => each.status === "passed").length;
  return { count, failedFiles: failed.map((result) => result.name), passedAgain };
}

function listFailedFiles(file: string): Report["testResults"] {
  try {
    const report: Report = JSON.parse(readFileSync(file, "utf8"));
    return report.testResults.filter((result) => result.status === "failed");
  } catch {
    return []; // countReport has said that there is no report
  }
}

/** Vitest's own count, and one more failure for what it does not count: files that did not load, errors outside of tests, no tests. */
function countReport(project: string, status: number | null, file: string): Count {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    console.log(`test/${project} left no report: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const unloaded = report.testResults.filter(
    (result) => result.status === "failed" && result.assertionResults.length === 0,
  );
  const count = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  if (count.passed + count.failed === 0) console.log(`test/${project} ran no test`);
  const broken = count.failed === 0 && (status !== 0 || count.passed === 0);
  return broken ? { ...count, failed: 1 } : count;
}

function add(a: Count, b: Count): Count {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/**
 * The vitest projects: a folder of test/ each, and "types" for the `*.test-d.ts` in any of them. What is not in ORDER
 * comes last, so that no folder can be forgotten.
 */
function listProjects(): string[] {
  const files = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" });
  const found = new Set(files.filter((file) => /\.test\.tsx?$/.test(file)).map((file) => file.split("/")[0] ?? file));
  if (files.some((file) => /\.test-d\.tsx?$/.test(file))) found.add("types");
  return [...ORDER.filter((name) => found.has(name)), ...[...found].filter((name) => !ORDER.includes(name))];
}

const reports = mkdtempSync(join(tmpdir(), "lockstep-test-"));
let total: Count = { passed: 0, failed: 0, skipped: 0 };
try {
  if (asked.length === 0) for (const check of CHECKS) total = add(total, runCheck(check));
  for (const project of asked.length === 0 ? listProjects() : asked) total = add(total, runTests(project, reports));
} finally {
  rmSync(reports, { recursive: true, force: true });
}
if (total.passed + total.failed === 0) total.failed = 1;
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
