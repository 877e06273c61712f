import { expect, test } from "vitest";
import { readConfig } from "../../src/definition/config/read-config.ts";
import { formatProblem, InvalidYamlError } from "../../src/definition/yaml/problems.ts";

const read = (text: string) => readConfig({ file: "lockstep.config.yaml", text }).config;

function listMistakes(text: string): string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidYamlError)) throw error;
    expect(error.code).toBe("invalid_config");
    expect(error.exitCode).toBe(2);
    return error.problems.map(formatProblem);
  }
}

test("a config with every key is read, with its durations and rates in plain numbers", () => {
  const config = read(`
db: .lockstep/lockstep.db
workflows: jobs
group: 1000
maxConcurrent: 40
resources: { ram: { capacity: 8000 }, github: { rate: 80/min, burst: 10 }, db: { slots: 4 } }
notify:
  ops: { command: "mail -s x ops@example.com" }
  argv: { command: [logger, -t, lockstep], timeout: 5s }
  chat: { webhook: "https://chat.example/hook", headers: { Authorization: { env: CHAT_TOKEN }, X-Team: ops } }
  hidden: { webhook: { env: HOOK } }
heartbeat: { url: "https://beat.example/1", every: 30s }
retention: { runs: 90d, logs: 30d, keep: 50 }
timezone: Europe/Paris
defaults: { timeout: 1h, retry: { attempts: 2 } }
env: { REGION: eu }
`);
  expect(config).toEqual({
    db: ".lockstep/lockstep.db",
    workflows: "jobs",
    group: "1000",
    maxConcurrent: 40,
    resources: { ram: { capacity: 8000 }, github: { rate: 80, windowMs: 60_000, burst: 10 }, db: { slots: 4 } },
    notify: {
      ops: { kind: "command", command: "mail -s x ops@example.com", timeoutMs: 30_000 },
      argv: { kind: "command", command: ["logger", "-t", "lockstep"], timeoutMs: 5_000 },
      chat: {
        kind: "webhook",
        url: "https://chat.example/hook",
        headers: { Authorization: { env: "CHAT_TOKEN" }, "X-Team": "ops" },
        timeoutMs: 30_000,
      },
      hidden: { kind: "webhook", url: { env: "HOOK" }, headers: {}, timeoutMs: 30_000 },
    },
    heartbeat: { url: "https://beat.example/1", everyMs: 30_000 },
    retention: { runsMs: 90 * 86_400_000, logsMs: 30 * 86_400_000, keep: 50 },
    timezone: "Europe/Paris",
    defaults: { timeout: "1h", retry: { attempts: 2 } },
    env: { REGION: "eu" },
  });
});

test("an empty config, and one of comments, says nothing", () => {
  expect(read("")).toEqual({});
  expect(read("# db: x\n")).toEqual({});
});

test.each([
  ["dbb: x", '1:1  unknown key "dbb" in the config. Did you mean "db"?'],
  ["maxConcurrent: 0", "1:16  maxConcurrent: expected a number of at least 1, found 0 (a number)"],
  ["resources:\n  ram: { capcity: 4 }", '2:10  unknown key "capcity" in resources.ram. Did you mean "capacity"?'],
  ["resources:\n  db: { slots: x }", '2:16  resources.db.slots: expected an integer from 1 to 1000000000, found "x"'],
  [
    "resources:\n  api: { rate: 80 }",
    "2:16  resources.api.rate: expected a rate such as 10/s, 80/min or 1000/h, found 80",
  ],
  ["notify:\n  ops: { comand: x }", '2:10  unknown key "comand" in notify.ops. Did you mean "command"?'],
  [
    "notify:\n  ops: { webhook: example.com }",
    '2:19  notify.ops.webhook: expected an address that begins with https:// or http://, found "example.com"',
  ],
  ["heartbeat: { url: https://x.example, every: 30 }", "1:45  heartbeat.every: expected a duration such as"],
  ["heartbeat: { url: https://x.example, every: 10ms }", '1:45  heartbeat.every: expected at least 1s, found "10ms"'],
  ["retention: { run: 90d }", '1:14  unknown key "run" in retention. Did you mean "runs"?'],
  ["retention: { runs: 90 }", "1:20  retention.runs: expected a duration such as"],
  [
    "timezone: Europe/Pariss",
    '1:11  timezone: expected a time zone such as Europe/Paris, or local, found "Europe/Pariss". Did you mean "Europe/Paris"?',
  ],
  ["defaults: { timout: 1h }", '1:13  unknown key "timout" in defaults. Did you mean "timeout"?'],
  ["env: { A: 1 }", "1:11  env.A: expected text, found 1 (a number)"],
  ["env: { LOCKSTEP_RUN: x }", "1:8  the name"],
  [`env: { A: "\${{ input.x }}" }`, "1:11  ${{ }} may not stand in env.A: it is fixed before a run starts"],
  ["- db", "1:1  the file: expected a map, found a list"],
])("%j is a mistake with its place", (text, message) => {
  const [first] = listMistakes(text);
  expect(first?.startsWith(`lockstep.config.yaml:${message}`), first).toBe(true);
});
