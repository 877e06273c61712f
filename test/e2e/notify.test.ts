import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { runLockstep, startLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const FAILING = "notify: { failed: chat, checkpoint: file }\ntasks: { a: { run: exit 3 } }\n";
const ASKING = `notify: { checkpoint: file }
tasks: { a: { run: ': ok', checkpoint: { message: "Delete 3 files?", risk: high, timeout: 20h } } }
`;

interface Call {
  readonly method: string | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A server that keeps what it is told and answers as the test says. */
async function startServer(answer: (count: number, response: ServerResponse) => void) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      calls.push({ method: request.method, headers: request.headers, body });
      answer(calls.length, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

function createProject(config: string): string {
  const folder = createTemporaryFolder();
  for (const name of ["workflows", ".lockstep"]) mkdirSync(join(folder, name), { mode: 0o700 });
  writeFileSync(join(folder, "lockstep.config.yaml"), `db: .lockstep/lockstep.db\n${config}`);
  writeFileSync(join(folder, "workflows/failing.yaml"), FAILING);
  writeFileSync(join(folder, "workflows/asking.yaml"), ASKING);
  return folder;
}

function listNotices(folder: string): readonly unknown[] {
  const db = new Database(join(folder, ".lockstep/lockstep.db"), { readonly: true });
  try {
    return db.prepare("SELECT channel, kind, status, tries FROM notice ORDER BY id").all();
  } finally {
    db.close();
  }
}

test("a failed run reaches a webhook that fails first, a question reaches a command, and a heartbeat is heard", async () => {
  const hook = await startServer((count, response) => response.writeHead(count < 3 ? 500 : 204).end());
  const beats = await startServer((_count, response) => response.end("ok"));
  const folder = createProject(`notify:
  chat: { webhook: { env: CHAT_HOOK }, headers: { Authorization: { env: CHAT_TOKEN } } }
  file: { command: 'cat > told.json; echo "$LOCKSTEP_NOTIFY_OPEN" > open.txt' }
heartbeat: { url: "${beats.url}", every: 1s }
`);
  const daemon = startLockstep(folder, ["daemon"], { CHAT_HOOK: hook.url, CHAT_TOKEN: "Bearer t0ps3cret" });
  await daemon.awaitText("daemon.ready");
  expect((await runLockstep(folder, "run", "failing")).exitCode).toBe(1);
  await runLockstep(folder, "run", "asking", "--detach");
  await daemon.awaitText('"channel":"file","kind":"checkpoint","tries":1');
  await daemon.awaitText('"event":"notice.delivered","notice":1');
  await waitUntil(() => beats.calls.length >= 2, "the heartbeat was heard twice");
  daemon.child.kill("SIGTERM");
  const { exitCode, error } = await daemon.ended;
  expect(exitCode).toBe(0);

  const [call] = hook.calls;
  expect(call?.method).toBe("POST");
  expect(call?.headers).toMatchObject({ authorization: "Bearer t0ps3cret", "content-type": "application/json" });
  expect(JSON.parse(call?.body ?? "")).toMatchObject({
    kind: "failed",
    workflow: "failing",
    run: 1,
    failed: ["a"],
    open: "lockstep show 1",
    database: join(folder, ".lockstep/lockstep.db"),
  });
  expect(JSON.parse(readFileSync(join(folder, "told.json"), "utf8"))).toMatchObject({
    kind: "checkpoint",
    question: "Delete 3 files?",
    risk: "high",
    checkpoint: "2.1",
  });
  expect(readFileSync(join(folder, "open.txt"), "utf8")).toBe("lockstep ui --checkpoint 2.1\n");
  expect(beats.calls[0]?.method).toBe("GET");
  expect(error).not.toContain("t0ps3cret");
  expect(error).not.toContain(hook.url);
  expect(listNotices(folder)).toEqual([
    { channel: "chat", kind: "failed", status: "delivered", tries: 3 },
    { channel: "file", kind: "checkpoint", status: "delivered", tries: 1 },
  ]);
});

test("a daemon that is killed while it tells leaves it to the next: told at least once, recorded once", async () => {
  const hook = await startServer((count, response) => {
    if (count > 1) response.end(); // the first is never answered
  });
  const folder = createProject(`notify: { chat: { webhook: "${hook.url}", timeout: 1s }, file: { command: cat } }\n`);
  const first = startLockstep(folder, ["daemon"]);
  await first.awaitText("daemon.ready");
  await runLockstep(folder, "run", "failing");
  await waitUntil(() => hook.calls.length > 0, "the server was called");
  first.child.kill("SIGKILL");
  await first.ended;
  const second = startLockstep(folder, ["daemon"]);
  await second.awaitText("notice.delivered");
  second.child.kill("SIGTERM");
  await second.ended;
  expect(hook.calls.length).toBeGreaterThanOrEqual(2);
  expect(new Set(hook.calls.map(({ body }) => body)).size).toBe(1);
  expect(listNotices(folder)).toEqual([{ channel: "chat", kind: "failed", status: "delivered", tries: 2 }]);
});

test("notify test sends one message, and its exit code tells whether it was taken", async () => {
  const folder = createProject('notify: { ok: { command: "cat > told.json" }, bad: { command: "exit 7" } }\n');
  const taken = await runLockstep(folder, "notify", "test", "ok");
  expect(taken).toMatchObject({ exitCode: 0, out: expect.stringContaining("The channel ok took the message") });
  expect(JSON.parse(readFileSync(join(folder, "told.json"), "utf8")).kind).toBe("test");
  const refused = await runLockstep(folder, "notify", "test", "bad", "--json");
  expect(refused.exitCode).toBe(1);
  expect(JSON.parse(refused.out).error).toMatchObject({
    code: "notify_failed",
    message: expect.stringContaining("exit 7"),
  });
  const unknown = await runLockstep(folder, "notify", "test", "okk");
  expect(unknown).toMatchObject({ exitCode: 4, error: expect.stringContaining('Did you mean "ok"?') });
});
