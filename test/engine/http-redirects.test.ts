import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { WorkflowSpec } from "../../src/core/workflow-spec.ts";
import type { RequestPlan, WorkflowProgram } from "../../src/definition/program.ts";
import { createInProcessRunner } from "../../src/runners/in-process-runner.ts";
import type { Outcome } from "../../src/runners/runner.ts";
import { createAssignment, NEVER } from "../support/assignments.ts";
import { getMessage, getOutput } from "../support/command-attempts.ts";
import { ManualClock } from "../support/manual-clock.ts";

const TOKEN = "correct-horse-battery";
const VARIABLE = "LOCKSTEP_TEST_REDIRECT";

interface Asked {
  readonly host: string;
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `/STATUS/URL` sends on to a URL; everything else is answered. */
let asked: Asked[] = [];
const servers: Server[] = [];

async function startServer(name: string): Promise<void> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method, url: path = "", headers } = request;
      asked.push({ host: name, method, path, headers, body: Buffer.concat(parts).toString() });
      const [, status, target] = path === "/loop" ? ["", "302", "/loop"] : (/^\/(30\d)\/(.*)$/.exec(path) ?? []);
      if (status === undefined || target === undefined) response.end("arrived");
      else response.writeHead(Number(status), { location: decodeURIComponent(target) }).end("moved");
    });
  });
  servers.push(server);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
}

beforeAll(async () => {
  process.env[VARIABLE] = TOKEN;
  await startServer("here");
  await startServer("there");
});
afterAll(async () => {
  delete process.env[VARIABLE];
  for (const server of servers) {
    server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    server.close(resolve);
    await promise;
  }
});
beforeEach(() => {
  asked = [];
});

const getAddress = (server: number) =>
  `http://127.0.0.1:${((servers[server] as Server).address() as AddressInfo).port}`;

async function send(path: string, plan: Partial<RequestPlan> = {}): Promise<Outcome> {
  const spec: WorkflowSpec = {
    ...{ format: 1, name: "sample", secrets: { TOKEN: { env: VARIABLE } } },
    tasks: [{ id: "work", kind: "http" }],
  };
  const request = () => ({ url: `${getAddress(0)}${path}`, ...plan });
  const program: WorkflowProgram = { spec, tasks: [{ request }], parseInput: (value) => value };
  const runner = createInProcessRunner({ clock: new ManualClock(), findProgram: () => program });
  const outcome = await runner.execute(createAssignment(spec), NEVER);
  await runner.close();
  return outcome;
}

const toThere = (status: number) => `/${status}/${encodeURIComponent(`${getAddress(1)}/end`)}`;
const HEADERS = {
  authorization: "Basic abc",
  cookie: "a=b",
  "x-api-key": "public",
  "x-mine": `v1 ${Buffer.from(`me:${TOKEN}`).toString("base64")}`,
  "x-other": "stays",
};

test("the same server gets all headers again where it sends a request on", async () => {
  expect(getOutput(await send("/302/%2Fend", { headers: HEADERS }))).toMatchObject({ status: 200, body: "arrived" });
  expect(asked.map(({ path }) => path)).toEqual(["/302/%2Fend", "/end"]);
  expect(asked[1]?.headers).toMatchObject(HEADERS);
});

test("another server gets no header that identifies the sender or holds a secret", async () => {
  expect(getOutput(await send(toThere(307), { headers: HEADERS }))).toMatchObject({ body: "arrived" });
  expect(asked[1]).toMatchObject({ host: "there", method: "GET", headers: { "x-other": "stays" } });
  expect(Object.keys(asked[1]?.headers ?? {}).filter((name) => name !== "x-other" && name in HEADERS)).toEqual([]);
});

test("a body goes on with 307 and 308, and becomes a GET with the others", async () => {
  const plan = { method: "POST", body: { a: 1 } };
  const sent: unknown[] = [];
  for (const status of [301, 302, 303, 307, 308]) {
    asked = [];
    await send(toThere(status), plan);
    sent.push([status, asked[1]?.method, asked[1]?.body, asked[1]?.headers["content-type"]]);
  }
  expect(sent).toEqual([
    ...[301, 302, 303].map((status) => [status, "GET", "", undefined]),
    ...[307, 308].map((status) => [status, "POST", '{"a":1}', "application/json"]),
  ]);
});

test("a body that holds a secret goes to no other server", async () => {
  const refused = await send(toThere(307), { method: "POST", body: { token: TOKEN } });
  expect(refused).toMatchObject({ kind: "failed", retryable: false, error: { code: "invalid_request" } });
  expect(getMessage(refused)).toContain(`was sent on to ${getAddress(1)} with a body that holds the secret TOKEN`);
  expect(asked.map(({ host }) => host)).toEqual(["here"]);
  expect(getOutput(await send("/307/%2Fend", { method: "POST", body: { token: TOKEN } }))).toMatchObject({
    status: 200,
  });
});

test("a user or a password in an address is refused, and not repeated", async () => {
  const addresses = ["http://me:hunter2hunter2@127.0.0.1:1/", "http://me@127.0.0.1:1/"];
  for (const url of addresses) {
    const refused = await send("", { url });
    expect(refused).toMatchObject({ kind: "failed", retryable: false, error: { code: "invalid_request" } });
    expect(getMessage(refused)).toContain("Put it into a header");
    expect(JSON.stringify(refused)).not.toContain("hunter2");
  }
  const target = getAddress(1).replace("//", "//me:hunter2@");
  expect(getMessage(await send(`/302/${encodeURIComponent(target)}`))).toContain("a user or a password in its URL");
});

test.each(["file:///etc/passwd", "localhost:80/x", "htp://127.0.0.1/"])(
  "an address that is not one of http or https is refused, and not repeated: %s",
  async (url) => {
    const refused = await send("", { url });
    expect(refused).toMatchObject({ kind: "failed", retryable: false, error: { code: "invalid_request" } });
    expect(getMessage(refused)).toBe('Task "work" asks an address that is not one of http or https. Check the URL.');
  },
);

test("an address that is sent on for ever, or to something else than http, fails", async () => {
  expect(getMessage(await send("/loop"))).toContain("was sent on more than 20 times");
  expect(getMessage(await send("/302/file%3A%2F%2F%2Fetc%2Fpasswd"))).toContain("not one of http or https");
});
