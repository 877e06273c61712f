import { expect, test } from "vitest";
import type { Assignment } from "../../src/runners/runner.ts";
import { packAssignment, type Shared, unpackAssignment } from "../../src/runners/wire-assignment.ts";

/** All keys there are, so that a new one that is not sent shows here. */
const FULL: Required<Assignment> = {
  attemptId: "u1:load:3:0:2",
  definitionHash: "hash",
  run: { id: "12", uid: "u1", workflow: "import" },
  labels: { team: "ops" },
  taskIndex: 4,
  spec: { id: "load", kind: "function" },
  step: "expand",
  approved: true,
  inputJson: '{"a":1}',
  needsJson: { list: "[1,2]", other: null },
  itemJson: '"x"',
  index: 3,
  attempt: 2,
  idempotencyKey: "u1:load:3:0",
  scheduledAt: "2026-11-24T00:00:00.000Z",
  feedback: "again",
  answersJson: '{"yes":true}',
  approval: { seenInputHash: null, editedJson: "1", only: [0, 2] },
  logPath: "/var/logs/12/load.3.0.2.log",
  alone: true,
  engineUid: "e1",
  databasePath: "/srv/.lockstep/lockstep.db",
  secrets: { values: { TOKEN: "s3cret-token" }, missing: {}, notes: [] },
  cwd: "/srv",
};
const PLAIN: Assignment = {
  ...{ attemptId: "u2:a::0:1", definitionHash: "hash", run: { id: "13", uid: "u2", workflow: "import" }, labels: {} },
  ...{ taskIndex: 0, spec: { id: "a", kind: "function" }, step: "body", approved: false, inputJson: "null" },
  ...{ needsJson: {}, itemJson: null, index: null, attempt: 1, idempotencyKey: "u2:a::0", feedback: null },
  ...{ scheduledAt: "2026-11-24T00:00:00.000Z", answersJson: null, logPath: null, alone: false, cwd: "/srv" },
};

/** There and back, through the text that crosses. */
function send(assignments: readonly Assignment[]): { received: Assignment[]; shared: Shared; text: string } {
  const shared: Shared = { parts: [], needs: [] };
  const wires = assignments.map((each) => packAssignment(each, shared, false));
  const text = JSON.stringify({ shared, wires });
  const parsed = JSON.parse(text) as { shared: Shared; wires: typeof wires };
  const received = parsed.wires.map((wire, at) =>
    unpackAssignment(wire, parsed.shared, (assignments[at] as Assignment).spec),
  );
  return { received, shared, text };
}

test("an assignment arrives as it was sent, with all that it may hold and with the least", () => {
  expect(send([FULL, PLAIN]).received).toEqual([FULL, PLAIN]);
});

test("what attempts have in common is sent once, also where they are of several runs", () => {
  const other = { ...PLAIN, run: { ...PLAIN.run, id: "14", uid: "u3" }, labels: {}, idempotencyKey: "u3:a::0" };
  const { shared } = send([PLAIN, { ...other, attemptId: "u3:a::0:1" }, FULL, { ...FULL, definitionHash: "newer" }]);
  expect(shared.parts.map(({ definitionHash, labels }) => [definitionHash, labels])).toEqual([
    ["hash", {}],
    ["hash", { team: "ops" }],
    ["newer", { team: "ops" }],
  ]);
});

test("needs that instances of a map share cross once", () => {
  const needsJson = { list: JSON.stringify(Array.from({ length: 1_000 }, (_, index) => index)) };
  const one = { ...PLAIN, needsJson, index: 0 };
  const other = { ...PLAIN, needsJson: { ...needsJson }, index: 1 };
  const { received, shared } = send([one, other, PLAIN, FULL]);
  expect(shared.needs).toEqual([needsJson, FULL.needsJson]);
  expect(received).toEqual([one, other, PLAIN, FULL]);
});

test("the spec is sent where the worker does not have it", () => {
  expect(packAssignment(PLAIN, { parts: [], needs: [] }, true).spec).toEqual(PLAIN.spec);
  expect(packAssignment(PLAIN, { parts: [], needs: [] }, false)).not.toHaveProperty("spec");
});
