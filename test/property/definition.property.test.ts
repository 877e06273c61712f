import fc from "fast-check";
import { expect, test } from "vitest";
import type { TaskHandle } from "../../src/definition/handles.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { toProgram } from "../../src/definition/workflow-mark.ts";

/** Tasks as they are declared: each needs and comes after some that were declared before it. */
const declarations = fc.integer({ min: 1, max: 30 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, own) => {
      const earlier = fc.subarray(Array.from({ length: own }, (_each, at) => at));
      return fc.record({ needs: earlier, after: earlier, asList: fc.boolean() });
    }),
  ),
);

test("whatever is declared, needs point to smaller indices, and a layer is a range of them in the order of declaration", () => {
  fc.assert(
    fc.property(declarations, (declared) => {
      const wf = workflow("random");
      const handles: TaskHandle[] = [];
      const layers: number[] = [];
      for (const [own, { needs, after, asList }] of declared.entries()) {
        const needed = needs.map((at) => handles[at] as TaskHandle);
        const options = {
          needs: asList ? needed : Object.fromEntries(needed.map((handle) => [`n_${handle.id}`, handle])),
          after: after.map((at) => handles[at] as TaskHandle),
        };
        handles.push(wf.task(`t${own}`, options, () => own));
        layers.push(Math.max(-1, ...[...needs, ...after].map((at) => layers[at] as number)) + 1);
      }
      const { spec, tasks } = toProgram(wf);
      const placeOf = spec.tasks.map((task) => Number(task.id.slice(1)));
      for (const [index, task] of spec.tasks.entries()) {
        const own = declared[placeOf[index] as number];
        const named = Object.entries(task.needs ?? {});
        for (const [name, need] of named) {
          expect(need).toBeLessThan(index);
          expect(name).toBe(own?.asList ? spec.tasks[need]?.id : `n_${spec.tasks[need]?.id}`);
        }
        for (const before of task.after ?? []) expect(before).toBeLessThan(index);
        expect(named.map(([, need]) => placeOf[need]).sort()).toEqual([...(own?.needs ?? [])].sort());
        expect((task.after ?? []).map((before) => placeOf[before])).toEqual(own?.after ?? []);
        expect(tasks[index]?.body?.({} as never)).toBe(placeOf[index]);
      }
      const expected = layers.map((layer, place) => [layer, place] as const);
      expected.sort(([layer, place], [otherLayer, other]) => layer - otherLayer || place - other);
      expect(placeOf).toEqual(expected.map(([, place]) => place));
    }),
  );
});
