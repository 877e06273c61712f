import { expect, test } from "vitest";
import { createDaemonProject, TICK } from "../support/daemon-project.ts";

test("killed at once, started again, and two at a time: no slot is lost or doubled", async () => {
  const project = createDaemonProject({ "tick.yaml": TICK });
  const first = project.start();
  await first.awaitText('"run":2');
  const second = project.start();
  await second.awaitText("daemon.ready");
  first.child.kill("SIGKILL");
  await first.ended;
  await second.awaitText("slot.fired");
  second.child.kill("SIGKILL");
  await second.ended;
  const third = project.start();
  await third.awaitText("slot.fired");
  third.child.kill("SIGTERM");
  expect(await third.ended).toMatchObject({ exitCode: 0 });

  const slots = project.query<{ at: number; run: number }>(
    "SELECT due_at AS at, run_id AS run FROM slot ORDER BY due_at",
  );
  const runs = project.query<{ id: number }>("SELECT id FROM run");
  expect(slots.length).toBeGreaterThan(3);
  expect(slots.slice(1).every(({ at }, index) => at - (slots[index]?.at ?? 0) === 1_000)).toBe(true);
  expect(new Set(slots.map(({ run }) => run)).size).toBe(slots.length);
  expect(runs.length).toBe(slots.length);
});
