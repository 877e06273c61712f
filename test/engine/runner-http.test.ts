import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TaskSpec } from "../../src/core/workflow-spec.ts";
import type { RequestPlan } from "../../src/definition/program.ts";
import { createInProcessRunner } from "../../src/runners/in-process-runner.ts";
import { createAssignment, createProgram, NEVER } from "../support/assignments.ts";
import { getMessage, getOutput } from "../support/command-attempts.ts";
import { ManualClock } from "../support/manual-clock.ts";

const clock = new ManualClock();
let server: Server;
let arrived = Promise.withResolvers<void>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/hang") {
      arrived.resolve();
      return;
    }
    if (pathname === "/large") {
      response.end("x".repeat(2_000_000));
      return;
    }
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const after = searchParams.get("after");
      response.writeHead(Number(searchParams.get("status") ?? 200), {
        "content-type": "application/json",
        ...(after === null ? {} : { "retry-after": after }),
      });
      response.end(
        JSON.stringify({
          method: request.method,
          type: request.headers["content-type"],
          body: Buffer.concat(parts).toString(),
        }),
      );
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
});
afterAll(async () => {
  server.closeAllConnections();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  server.close(resolve);
  await promise;
});

function send(path: string, plan: Partial<RequestPlan> = {}, spec: Partial<TaskSpec> = {}, signal = NEVER) {
  const { port } = server.address() as AddressInfo;
  const request = () => ({ url: `http://127.0.0.1:${port}${path}`, ...plan });
  const program = createProgram({ request }, { kind: "http", ...spec });
  const runner = createInProcessRunner({ clock, findProgram: () => program });
  return runner.execute(createAssignment(program.spec), signal);
}

test("an answer becomes its status, headers and body", async () => {
  expect(getOutput(await send("/"))).toMatchObject({
    status: 200,
    headers: { "content-type": "application/json" },
    body: { method: "GET", body: "" },
  });
  expect(getOutput(await send("/", { body: { a: 1 } }))).toMatchObject({
    body: { method: "POST", type: "application/json", body: '{"a":1}' },
  });
  expect(
    getOutput(await send("/", { method: "PUT", body: "text", headers: { "content-type": "text/x" } })),
  ).toMatchObject({
    body: { method: "PUT", type: "text/x", body: "text" },
  });
});

test("429 and 5xx may be tried again, after what the server asks for; other refusals may not", async () => {
  expect(await send("/?status=429&after=7")).toMatchObject({ kind: "failed", retryable: true, retryAfterMs: 7_000 });
  const date = new Date(clock.now() + 60_000).toUTCString();
  const later = await send(`/?status=503&after=${encodeURIComponent(date)}`);
  expect(later.kind === "failed" && later.retryAfterMs).toBeGreaterThan(58_000);
  expect(later.kind === "failed" && later.retryAfterMs).toBeLessThanOrEqual(60_000);
  const refused = await send("/?status=404");
  expect(refused).toMatchObject({ kind: "failed", retryable: false, error: { code: "http_404" } });
  expect(getMessage(refused)).toMatch(/^the server answered 404/);
});

test("a server that is not there may be tried again", async () => {
  expect(await send("", { url: "http://127.0.0.1:1/" })).toMatchObject({ kind: "failed", retryable: true });
});

test("too large an answer fails", async () => {
  expect(getMessage(await send("/large"))).toMatch(/more than 1 MiB of output/);
});

test("a timeout and a cancel end a request", async () => {
  arrived = Promise.withResolvers();
  const slow = send("/hang", {}, { timeoutMs: 1_000 });
  await arrived.promise;
  clock.advance(1_000);
  expect(await slow).toMatchObject({ status: "timed_out", retryable: true });
  arrived = Promise.withResolvers();
  const controller = new AbortController();
  const canceled = send("/hang", {}, {}, controller.signal);
  await arrived.promise;
  controller.abort();
  expect(await canceled).toMatchObject({ status: "canceled" });
  expect(clock.pending).toBe(0);
});
