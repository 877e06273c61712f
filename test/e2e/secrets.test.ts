import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BuiltRun, runBuilt } from "../support/built-command.ts";
import { startLockstep } from "../support/lockstep-process.ts";
import { encodeInManyWays } from "../support/secret-encodings.ts";
import {
  createSecretFolder,
  findLeaks,
  findLeaksInState,
  KEY,
  PASSWORD,
  SOURCES,
  TOKEN,
} from "../support/secret-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

let server: Server;
let asked: { readonly path: string; readonly authorization: string | undefined; readonly body: string }[] = [];

/** Sends back what it was sent, in every encoding; `/fails` with a status that says so. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      const { authorization } = request.headers;
      asked.push({ path: request.url ?? "", authorization, body });
      const texts = [TOKEN, KEY, PASSWORD].flatMap((each) => encodeInManyWays(each).map(({ text }) => text));
      const fails = request.url === "/fails";
      response.writeHead(fails ? 500 : 200, {
        "content-type": "application/json",
        "x-echo": encodeURIComponent(TOKEN),
      });
      response.end(fails ? `${TOKEN} ${PASSWORD}` : JSON.stringify({ texts, authorization, body }));
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
});
afterAll(async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  server.close(resolve);
  server.closeAllConnections();
  await promise;
});

const getAddress = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const makeYaml = () => `
secrets: ${JSON.stringify(SOURCES)}
env: { T: "\${{ secrets.TOKEN }}", K: "\${{ secrets.KEY }}", P: "\${{ secrets.PASSWORD }}" }
tasks:
  prints: { run: node leak.mjs, output: text }
  writes: { exec: [node, leak.mjs] }
  fails: { run: "node leak.mjs fail", allowFailure: true }
  broken: { run: "printf %s \\"$T$P\\"", output: json, allowFailure: true }
  traced: { run: 'set -x; true "$P" "$T"', allowFailure: true }
  wrapped: { run: "printf 'u:%s' \\"$K$K\\" | base64; printf 'u:%s' \\"$K$K\\" | base64 -w 20", output: lines }
  asks: { http: { url: ${getAddress()}/asks, headers: { authorization: "Bearer \${{ secrets.TOKEN }}" }, body: { key: "\${{ secrets.KEY }}" } } }
  refused: { http: { url: ${getAddress()}/fails, headers: { authorization: "\${{ secrets.TOKEN }}" } }, allowFailure: true }
  argument: { needs: [writes], exec: [echo, "\${{ needs.writes.token }}"], allowFailure: true }
  list:
    run: printf '%s\\0' "$T" "$P" "$K"
    output: nul
  each:
    needs: [list]
    map: { over: "\${{ needs.list }}", label: "\${{ item }}" }
    env: { ITEM: "\${{ item }}" }
    run: node -e 'const { ITEM, T, K, P } = process.env; console.log(ITEM, [T, P, K].indexOf(ITEM))'
    output: text
    checkpoint: { message: "Send \${{ join(needs.list, ' ') }}?", show: "\${{ needs.list }}" }
  delivered:
    needs: [writes, asks, each, prints, wrapped]
    stdin: \${{ json(needs) }}
    env: { TOKEN: "\${{ needs.writes.token }}" }
    run: node check.mjs
`;

/** Counts, in the last task, what it was given as it was. */
const CHECK_SCRIPT = `
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
const needs = JSON.parse(readFileSync(0, "utf8"));
const { T, K, P } = process.env;
const has = (text) => [T, K, P].every((secret) => text.includes(secret));
writeFileSync(process.env.LOCKSTEP_OUTPUT, JSON.stringify({
  variable: process.env.TOKEN === T,
  texts: has(needs.writes.texts), key: Object.hasOwn(needs.writes, T), printed: has(needs.prints),
  asked: needs.asks.body.authorization === "Bearer " + T && JSON.parse(needs.asks.body.body).key === K,
  items: needs.each.map((each) => each.at(-1)).join(""), each: has(needs.each.join()),
  wrapped: Buffer.from(needs.wrapped.slice(0, 4).join(""), "base64").includes(K),
  file: readFileSync(process.env.LOCKSTEP_NEEDS, "utf8").includes(T),
}));
`;

const VIEWS = [
  ["show"],
  ["show", "--json"],
  ["logs"],
  ["logs", "--json"],
  ["events"],
  ["why"],
  ["why", "--json"],
] as const;

async function lookEverywhere(folder: string, run: string): Promise<string[]> {
  const views = [
    ...VIEWS.map(([command, ...flags]) => [command, ...(command === "events" ? [] : [run]), ...flags]),
    ["checkpoints"],
    ["checkpoints", "--json"],
    ["runs", "--json"],
  ];
  const leaks: string[] = [];
  for (const view of views) {
    const { code, out, error } = await runBuilt(folder, view);
    expect(code, `${view.join(" ")}: ${error}`).not.toBe(2);
    leaks.push(...findLeaks(out + error).map((leak) => `${view.join(" ")}: ${leak}`));
  }
  return [...leaks, ...findLeaksInState(folder)];
}

/** Runs a command with the secret of the environment, and looks at all command lines of the machine meanwhile. */
async function runWatched(folder: string, ...args: readonly string[]): Promise<BuiltRun & { leaks: string[] }> {
  const leaks: string[] = [];
  const ended = runBuilt(folder, args, undefined, { TOKEN });
  let over = false;
  void ended.finally(() => {
    over = true;
  });
  while (!over) {
    for (const file of globSync("/proc/[0-9]*/cmdline"))
      leaks.push(...findLeaks(readQuietly(file)).map((leak) => `${file} ${leak}`));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { code, out, error } = await ended;
  return { code, out, error, leaks: [...leaks, ...findLeaks(out + error)] };
}

function readQuietly(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0); // the process is gone
  }
}

test("no secret of a YAML workflow reaches rows, logs or screens, and all are delivered", async () => {
  asked = [];
  const folder = createSecretFolder({ "leak.yaml": makeYaml(), "check.mjs": CHECK_SCRIPT });
  const first = await runWatched(folder, "run", "leak.yaml");
  expect(first.leaks).toEqual([]);
  expect(first, first.out + first.error).toMatchObject({ code: 3 });
  expect(asked.find(({ path }) => path === "/asks")).toEqual({
    path: "/asks",
    authorization: `Bearer ${TOKEN}`,
    body: JSON.stringify({ key: KEY }),
  });
  expect(await lookEverywhere(folder, "1")).toEqual([]);
  const gate = JSON.parse((await runBuilt(folder, ["checkpoints", "--json"])).out);
  expect(JSON.stringify(gate)).toContain("Send «secret:TOKEN» «secret:PASSWORD» «secret:KEY»?");
  await approve(folder);
  const second = await runWatched(folder, "resume", "1");
  expect(second.leaks).toEqual([]);
  expect(await lookEverywhere(folder, "1")).toEqual([]);
  const { tasks, status } = JSON.parse((await runBuilt(folder, ["show", "1", "--json"])).out);
  const find = (id: string) => tasks.find((task: { id: string; index: null }) => task.id === id && task.index === null);
  expect(find("delivered"), second.out + second.error).toMatchObject({
    output: {
      variable: true,
      texts: true,
      key: true,
      printed: true,
      asked: true,
      items: "012",
      each: true,
      wrapped: true,
      file: false,
    },
  });
  expect(find("argument").error).toMatchObject({
    code: "secret_refused",
    message: expect.stringContaining("Hand it over in env or stdin."),
  });
  expect(find("broken").error.message).toContain("found");
  expect(find("refused").error.message).toBe(
    "the server answered 500 Internal Server Error: «secret:TOKEN» «secret:PASSWORD»",
  );
  expect(status).toBe("succeeded");
});

async function approve(folder: string): Promise<void> {
  const [gate] = JSON.parse((await runBuilt(folder, ["checkpoints", "--json"])).out);
  const ended = await runBuilt(folder, ["approve", "1.1", "--if-hash", gate.hash]);
  expect(ended, ended.out + ended.error).toMatchObject({ code: 0 });
}

const makeModule = () => `
import { writeSync } from "node:fs";
import { sh, workflow } from "lockstep";
import { encodeInManyWays } from ${JSON.stringify(join(import.meta.dirname, "../support/secret-encodings.ts"))};
const wf = workflow("leak", { secrets: ${JSON.stringify(SOURCES)} });
const all = (s) => [s.TOKEN, s.KEY, s.PASSWORD].flatMap((each) => encodeInManyWays(each).map(({ text }) => text));
const returns = wf.task("returns", ({ secrets }) => ({ texts: all(secrets), token: secrets.TOKEN, deep: [{ [secrets.PASSWORD]: secrets.KEY }] }));
wf.task("prints", ({ secrets, log }) => {
  for (const text of all(secrets)) { console.log(text); console.error({ text }); log(text); for (const part of text) process.stdout.write(part); }
});
wf.task("throws", { allowFailure: true }, async ({ secrets }) => {
  const cause = Object.assign(new Error(all(secrets).join(" ")), { code: secrets.TOKEN });
  throw new TypeError("x".repeat(8_180) + secrets.TOKEN + all(secrets).join(" "), { cause });
});
wf.task("text", { allowFailure: true }, ({ secrets }) => { throw all(secrets); });
wf.task("crashes", { allowFailure: true, isolation: "process" }, async ({ secrets }) => {
  setTimeout(() => { throw new Error(all(secrets).join(" ")); });
  await new Promise(() => {});
});
wf.task("dies", { allowFailure: true, isolation: "process" }, ({ secrets }) => {
  writeSync(2, "a".repeat(290) + secrets.TOKEN);
  process.exit(7);
});
wf.shell("shell", { env: ({ secrets }) => ({ T: secrets.TOKEN, K: secrets.KEY, P: secrets.PASSWORD }), stdin: ({ secrets }) => secrets.TOKEN, output: "text" },
  () => sh\`cat; node leak.mjs\`);
wf.shell("place", { allowFailure: true }, ({ secrets }) => sh\`echo \${secrets.TOKEN}\`);
wf.exec("args", { allowFailure: true }, ({ secrets }) => ["echo", "x" + btoa(secrets.TOKEN)]);
wf.exec("file", { allowFailure: true, files: ({ secrets }) => ({ a: secrets.TOKEN }) }, () => ["true"]);
wf.http("address", { allowFailure: true }, ({ secrets }) => ({ url: "${getAddress()}/?a=" + encodeURIComponent(secrets.PASSWORD) }));
wf.http("user", { allowFailure: true }, ({ secrets }) => ({ url: "${getAddress()}/".replace("//", "//me:" + secrets.TOKEN + "@") }));
const list = wf.task("list", ({ secrets }) => [secrets.TOKEN, secrets.PASSWORD, secrets.KEY]);
const map = wf.map("map", { over: list, label: ({ item }) => item }, ({ item, secrets }) => {
  console.log(item);
  return [item, item === secrets.TOKEN || item === secrets.PASSWORD || item === secrets.KEY];
});
wf.task("delivered", { needs: { map, returns }, checkpoint: { message: ({ needs }) => needs.returns.texts.join(" "), show: ({ needs }) => needs } },
  ({ needs, secrets }) => ({
    map: needs.map.map(([, same]) => same),
    returns: needs.returns.token === secrets.TOKEN && needs.returns.deep[0][secrets.PASSWORD] === secrets.KEY,
    texts: JSON.stringify(needs.returns.texts) === JSON.stringify(all(secrets)),
  }));
export default wf;
`;

test("no secret of a TypeScript workflow reaches rows, logs or screens, and all are delivered", async () => {
  const folder = createSecretFolder({ "leak.ts": makeModule() });
  const first = await runWatched(folder, "run", "leak.ts");
  expect(first.leaks).toEqual([]);
  expect(first, first.out + first.error).toMatchObject({ code: 3 });
  expect(await lookEverywhere(folder, "1")).toEqual([]);
  await approve(folder);
  const second = await runWatched(folder, "resume", "1");
  expect(second.leaks).toEqual([]);
  expect(await lookEverywhere(folder, "1")).toEqual([]);
  const { tasks, status } = JSON.parse((await runBuilt(folder, ["show", "1", "--json"])).out);
  const find = (id: string) => tasks.find((task: { id: string; index: null }) => task.id === id && task.index === null);
  expect(find("delivered"), second.out + second.error).toMatchObject({
    output: { map: [true, true, true], returns: true, texts: true },
  });
  for (const id of ["place", "args", "file", "address"])
    expect(find(id).error, id).toMatchObject({ code: "secret_refused" });
  expect(find("user").error.code).toMatch(/secret_refused|invalid_request/);
  expect(find("throws").error.cause.code).toBe("«secret:TOKEN»");
  expect(find("crashes").error.message).toContain("«secret:PASSWORD»");
  expect(find("dies").error.message).toContain("It last said: aaa");
  expect(status).toBe("succeeded");
});

test("a secret that cannot be had fails what uses it, and says which and from where", async () => {
  const text = `
secrets: { MISSING: { env: NOT_SET }, FILE: { file: readable.txt }, BROKEN: { command: [sh, -c, "echo ${TOKEN}; exit 4"] }, SHORT: { env: SHORT } }
tasks:
  other: { run: "true" }
  missing: { run: "true", env: { A: "\${{ secrets.MISSING }}" }, retry: { attempts: 3, backoff: 1ms } }
  file: { run: "true", env: { A: "\${{ secrets.FILE }}" } }
  broken: { run: "true", env: { A: "\${{ secrets.BROKEN }}" }, retry: { attempts: 2, backoff: 1ms } }
  short: { run: 'echo "it is $A"', env: { A: "\${{ secrets.SHORT }}" } }
`;
  const folder = createSecretFolder({ "missing.yaml": text });
  writeFileSync(join(folder, "readable.txt"), TOKEN, { mode: 0o644 });
  const env = { SHORT: "abc12" };
  const ended = await runBuilt(folder, ["run", "missing.yaml"], undefined, env);
  expect(ended.code).toBe(1);
  const { tasks } = JSON.parse((await runBuilt(folder, ["show", "1", "--json"])).out);
  const find = (id: string) => tasks.find((task: { id: string }) => task.id === id);
  expect(find("other").status).toBe("succeeded");
  expect(find("missing")).toMatchObject({
    attempt: 1,
    error: {
      message:
        "the secret MISSING is missing: expected it from the variable NOT_SET, but it is not set where the engine runs.",
    },
  });
  expect(find("file").error.message).toMatch(
    /^the secret FILE is missing: expected it from the file readable\.txt, but .* mode is 0644, expected 0600 or stricter/,
  );
  expect(find("broken")).toMatchObject({
    attempt: 2,
    error: { code: "secret_failed", message: expect.stringContaining("but it exited with 4") },
  });
  const logs = await runBuilt(folder, ["logs", "1"]);
  expect(logs.out).toContain("it is «secret:SHORT»");
  expect(logs.out.match(/the secret SHORT has less than 8 characters/g)).toHaveLength(1);
  const checked = await runBuilt(folder, ["validate", "missing.yaml"], undefined, env);
  expect(checked.code).toBe(0);
  for (const part of [
    "the secret MISSING is missing",
    "the secret FILE is missing",
    "the secret SHORT has less than 8 characters",
  ]) {
    expect(checked.out).toContain(part);
  }
});

test("after a crash the secret is delivered again, by an engine that looks it up again", async () => {
  const text = `
secrets: [TOKEN]
tasks:
  login: { run: 'printf "%s\\0" token "$T" >> "$LOCKSTEP_OUTPUT"', env: { T: "\${{ secrets.TOKEN }}" } }
  use:
    needs: [login]
    env: { A: "\${{ needs.login.token }}" }
    run: test -e go || { touch ready; sleep 100; }; printf %s "$A" | wc -c
    output: json
`;
  const folder = createSecretFolder({ "crash.yaml": text });
  const env = { TOKEN, LOCKSTEP_DB: join(folder, ".lockstep/lockstep.db") };
  const killed = startLockstep(folder, ["run", "crash.yaml"], env);
  await waitUntil(() => existsSync(join(folder, "ready")), "the second task runs");
  killed.child.kill("SIGKILL");
  await killed.ended;
  writeFileSync(join(folder, "go"), "");
  expect(findLeaksInState(folder)).toEqual([]);
  const resumed = await runWatched(folder, "resume", "1");
  expect(resumed, resumed.out + resumed.error).toMatchObject({ code: 0, leaks: [] });
  expect(await lookEverywhere(folder, "1")).toEqual([]);
  const { result } = JSON.parse((await runBuilt(folder, ["show", "1", "--json"])).out);
  expect(result).toBe(TOKEN.length);
});

test("the daemon looks secrets up in its own environment, whoever started the run", async () => {
  const text = `
secrets: [TOKEN]
tasks:
  login: { run: 'echo "$T" | base64; printf %s "$T" | wc -c', env: { T: "\${{ secrets.TOKEN }}" }, output: lines }
`;
  const folder = createSecretFolder({ "flows/login.yaml": text });
  expect(await runBuilt(folder, ["run", "flows/login.yaml", "--detach"])).toMatchObject({ code: 0 });
  const ended = await runWatched(folder, "daemon", "--workflows", "flows", "--once");
  expect(ended, ended.out + ended.error).toMatchObject({ code: 0, leaks: [] });
  expect(await lookEverywhere(folder, "1")).toEqual([]);
  const { result } = JSON.parse((await runBuilt(folder, ["show", "1", "--json"])).out);
  expect(result.at(-1).trim()).toBe(String(TOKEN.length));
});

test("a question that a command asks is masked, too", async () => {
  const cli = join(import.meta.dirname, "../../dist/cli.js");
  const text = `
secrets: { TOKEN: { env: TOKEN }, PASSWORD: { command: [cat, password.txt] } }
tasks:
  asks:
    env: { T: "Bearer \${{ secrets.TOKEN }}", CLI: ${JSON.stringify(cli)} }
    stdin: "\${{ secrets.PASSWORD }}"
    run: |
      node "$CLI" ask "Send $T?" --show "$(node -p 'JSON.stringify({ a: [require("node:fs").readFileSync(0, "utf8")], t: process.env.T })')" --no-wait || test $? = 3
`;
  const folder = createSecretFolder({ "asks.yaml": text });
  const ended = await runBuilt(folder, ["run", "asks.yaml"], undefined, { TOKEN });
  expect(ended, ended.out + ended.error).toMatchObject({ code: 0 });
  expect(await lookEverywhere(folder, "1")).toEqual([]);
  const { tasks } = JSON.parse((await runBuilt(folder, ["show", "1", "--json"])).out);
  expect(tasks[0].status).toBe("succeeded");
  const events = await runBuilt(folder, ["events"]);
  expect(events.out).toContain("Send Bearer «secret:TOKEN»?");
});
