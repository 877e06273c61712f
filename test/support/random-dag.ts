import fc from "fast-check";
import type { GraphTask } from "../../src/core/graph.ts";

/** Random acyclic graphs whose tasks are declared in any order, so that needs point forwards and backwards. */
export function arbitraryDag(options: { readonly sizeMax?: number } = {}): fc.Arbitrary<GraphTask[]> {
  return fc.integer({ min: 0, max: options.sizeMax ?? 14 }).chain((size) =>
    fc
      .tuple(
        fc.shuffledSubarray(
          Array.from({ length: size }, (_, task) => task),
          { minLength: size, maxLength: size },
        ),
        fc.array(fc.tuple(fc.nat(Math.max(0, size - 1)), fc.nat(Math.max(0, size - 1))), { maxLength: size * 3 }),
      )
      .map(([placeOf, pairs]) => {
        const needs = Array.from({ length: size }, (): number[] => []);
        for (const [one, other] of pairs) {
          const [need, task] = (placeOf[one] as number) < (placeOf[other] as number) ? [one, other] : [other, one];
          if (need !== task) (needs[task] as number[]).push(need);
        }
        return needs.map((own, task) => ({ id: `t${task}`, needs: own }));
      }),
  );
}
