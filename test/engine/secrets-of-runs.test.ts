import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { open, workflow } from "../../src/index.ts";
import { openForTest } from "../../src/testing.ts";
import { getOpen } from "../support/open-gate.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const TOKEN = "correct-horse-battery";
const BY = { kind: "person", name: "alice", host: hostname() } as const;

beforeAll(() => void Object.assign(process.env, { TOKEN }));
afterAll(() => void delete process.env.TOKEN);

test("the library records references, and gives the secret to who needs it", async () => {
  const db = join(createTemporaryFolder(), "lockstep.db");
  const wf = workflow("login", { secrets: ["TOKEN"] });
  const login = wf.task("login", ({ secrets }) => ({ header: `Bearer ${secrets.TOKEN}` }));
  const seen: string[] = [];
  wf.task("use", { needs: { login } }, ({ needs }) => {
    seen.push(needs.login.header);
    return needs.login;
  });
  const lockstep = await open({ db, workflows: [wf] });
  expect(await lockstep.run(wf, null)).toEqual({ header: "Bearer «secret:TOKEN»" });
  expect(seen).toEqual([`Bearer ${TOKEN}`]);
  await lockstep.close();
  expect(readFileSync(db).includes(TOKEN)).toBe(false);
});

test("a reference in the result of a child, or in an answer of a person, gives nobody a secret", async () => {
  const child = workflow("foreign");
  child.task("page", () => ({ text: "«secret:TOKEN»" }));
  const wf = workflow("parent", { secrets: ["TOKEN"] });
  const page = wf.child("page", { workflow: child }, () => null);
  const typed = wf.confirm("typed", { message: "Which?" });
  const seen: unknown[] = [];
  wf.task("send", { needs: { page, typed } }, ({ needs, input }) => {
    seen.push(needs.page, input);
  });
  const lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, { from: "«secret:TOKEN»" });
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, BY);
  await lockstep.advance("1s");
  expect(run.status()).toBe("succeeded");
  expect(seen).toEqual([{ text: "«secret:TOKEN»" }, { from: "«secret:TOKEN»" }]);
  await lockstep.close();
});

test("what waited at a checkpoint gets the secret that there is then, and the approval holds", async () => {
  const db = join(createTemporaryFolder(), "lockstep.db");
  const seen: string[] = [];
  const build = () => {
    const wf = workflow("rotate", { secrets: ["TOKEN"] });
    const list = wf.task("list", ({ secrets }) => [secrets.TOKEN, "b"]);
    wf.map(
      "each",
      { over: list, checkpoint: { message: ({ needs }) => `Send ${JSON.stringify(needs)}?` } },
      ({ item }) => {
        seen.push(item);
      },
    );
    return wf;
  };
  const first = build();
  const before = await open({ db, workflows: [first] });
  const { id } = before.start(first, null);
  await untilWaiting(before.handle(id));
  await before.close();
  expect(readFileSync(db).includes(TOKEN)).toBe(false);
  process.env.TOKEN = "another-horse-battery";
  const second = build();
  const after = await open({ db, workflows: [second] });
  expect(getOpen(after).message).toBe('Send {"list":["«secret:TOKEN»","b"]}?');
  after.decide(getOpen(after), { decision: "approve" }, BY);
  await after.handle(id).result();
  process.env.TOKEN = TOKEN;
  expect(seen).toEqual(["another-horse-battery", "b"]);
  await after.close();
  expect(readFileSync(db).includes("another-horse")).toBe(false);
});

test("a question that a function asks is masked", async () => {
  const wf = workflow("asks", { secrets: ["TOKEN"] });
  const lockstep = await openForTest();
  wf.task("ask", async ({ secrets, run }) => {
    await lockstep.ask({ message: `Send ${secrets.TOKEN}?`, run });
  });
  lockstep.start(wf, null);
  await lockstep.advance("1s");
  expect(getOpen(lockstep).message).toBe("Send «secret:TOKEN»?");
  await lockstep.approveAll();
  await lockstep.close();
});

async function untilWaiting(handle: { status(): string }): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => (handle.status() === "waiting" ? resolve() : setImmediate(look));
  look();
  await promise;
}
