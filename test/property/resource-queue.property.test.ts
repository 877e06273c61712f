import fc from "fast-check";
import { expect, test } from "vitest";
import type { Lane, Use } from "../../src/core/lane.ts";
import { findFreeAt, giveBack, type Pool, takeFromPool } from "../../src/core/resource-pool.ts";
import { type Line, ResourceQueue, type Supply } from "../../src/core/resource-queue.ts";

/** Tasks that wait: so many of one owner, that all take the same. */
interface Crowd {
  readonly owner: string;
  readonly lane: Lane;
  left: number;
}

interface Held {
  readonly uses: readonly Use[];
  readonly at: number;
}

const NAMES = ["db", "ram", "api"] as const;

function createPools(): Map<string, Pool> {
  return new Map<string, Pool>([
    ["db", { kind: "capacity", capacity: 3, inUse: 0 }],
    ["ram", { kind: "capacity", capacity: 10, inUse: 0 }],
    ["api", { kind: "rate", rate: { count: 60, windowMs: 60_000, burst: 2 }, tatUs: null }],
  ]);
}

const MOST = { db: 3, ram: 10, api: 2 } as const;

const usesOf = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 2 }))
  .map((amounts): Use[] =>
    NAMES.flatMap((resource, at) => {
      const amount = Math.min(amounts[at] ?? 0, MOST[resource]);
      return amount === 0 ? [] : [{ resource, amount }];
    }),
  )
  .filter((uses) => uses.length > 0);

const crowds = fc
  .array(fc.record({ owner: fc.constantFrom("a", "b", "c"), uses: usesOf, left: fc.integer({ min: 1, max: 12 }) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((all) =>
    all.map(
      ({ owner, uses, left }): Crowd => ({ owner, left, lane: { key: JSON.stringify(uses), slot: "function", uses } }),
    ),
  );

/** What the queue has to do, in plain lists: who was refused is before who was not, each in the order of coming. */
class Model {
  waiting: { key: string; uses: readonly Use[]; lacks: Set<string> }[] = [];
  fresh: { key: string; uses: readonly Use[] }[] = [];

  add({ key, uses }: Lane): void {
    if (![...this.waiting, ...this.fresh].some((each) => each.key === key)) this.fresh.push({ key, uses });
  }

  /** The key of the line that may take, and notes who is refused before it is found. */
  findNext(pools: ReadonlyMap<string, Pool>, now: number): string | undefined {
    for (const { key, uses } of [...this.waiting, ...this.fresh]) {
      const before = this.waiting.slice(0, this.waiting.findIndex((each) => each.key === key) >>> 0);
      const lacking = uses.filter(({ resource, amount }) => {
        const kept = before.filter((each) => each.lacks.has(resource)).flatMap((each) => each.uses);
        const reserved = kept.filter((use) => use.resource === resource).reduce((sum, use) => sum + use.amount, 0);
        return findFreeAt(pools.get(resource) as Pool, amount, reserved, now) > now;
      });
      if (lacking.length === 0) return key;
      this.#refuse(key, uses, new Set(lacking.map(({ resource }) => resource)));
    }
    return undefined;
  }

  #refuse(key: string, uses: readonly Use[], lacking: ReadonlySet<string>): void {
    let entry = this.waiting.find((each) => each.key === key);
    if (entry === undefined) {
      entry = { key, uses, lacks: new Set() };
      this.waiting.push(entry);
      this.fresh = this.fresh.filter((each) => each.key !== key);
    }
    for (const resource of lacking) entry.lacks.add(resource);
    if (!lacking.has("api")) entry.lacks.delete("api"); // a rate comes back by itself
  }

  take(key: string, hasMore: boolean): void {
    const { uses } = [...this.waiting, ...this.fresh].find((each) => each.key === key) ?? { uses: [] };
    this.waiting = this.waiting.filter((each) => each.key !== key);
    this.fresh = this.fresh.filter((each) => each.key !== key);
    if (hasMore) this.fresh.push({ key, uses });
  }
}

test("the queue takes in the order of the model, never exceeds a pool, and comes to an end", () => {
  fc.assert(
    fc.property(crowds, fc.infiniteStream(fc.nat(99)), (all, dice) => {
      const queue = new ResourceQueue<Crowd>();
      const model = new Model();
      const pools = createPools();
      const held: Held[] = [];
      let now = 1_000_000;
      for (const crowd of all) {
        queue.add(crowd.lane, crowd, 0);
        model.add(crowd.lane);
      }
      const isBarred = (): boolean => false;
      const supply = (): Supply => ({ pools, now, hasPlace: () => true, isBarred });
      for (let steps = 0; !queue.isEmpty; steps++) {
        expect(steps).toBeLessThan(5_000);
        const line: Line<Crowd> | undefined = queue.findNext(supply());
        expect(line?.lane.key).toBe(model.findNext(pools, now));
        if (line === undefined) {
          const roll = dice.next().value as number;
          if (held.length > 0 && roll < 70) {
            for (const use of held.splice(roll % held.length, 1)[0]?.uses ?? [])
              giveBack(pools.get(use.resource) as Pool, use.amount);
          } else if (queue.nextAt < Number.POSITIVE_INFINITY) now = Math.max(now, queue.nextAt);
          else expect(held.length, "nothing runs, and no instant is waited for").toBeGreaterThan(0);
          continue;
        }
        const [crowd] = [...line.owners.keys()] as [Crowd];
        crowd.left--;
        for (const { resource, amount } of line.lane.uses) takeFromPool(pools.get(resource) as Pool, amount, now);
        for (const [name, pool] of pools)
          if (pool.kind === "capacity") expect(pool.inUse, name).toBeLessThanOrEqual(pool.capacity);
        held.push({ uses: line.lane.uses, at: now });
        queue.remove(line, crowd);
        queue.sendBack(line);
        if (crowd.left > 0) queue.add(line.lane, crowd, 0);
        model.take(
          line.lane.key,
          all.some((each) => each.lane.key === line.lane.key && each.left > 0),
        );
      }
      expect(all.every(({ left }) => left === 0)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("a line that waits is served after at most one take of each line that was there before it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 2, max: 10 }), (owners, amount) => {
      const queue = new ResourceQueue<string>();
      const pool: Pool = { kind: "capacity", capacity: 10, inUse: 0 };
      const pools = new Map<string, Pool>([["ram", pool]]);
      const small: Lane = { key: "small", slot: "function", uses: [{ resource: "ram", amount: 1 }] };
      const large: Lane = { key: "large", slot: "function", uses: [{ resource: "ram", amount }] };
      for (let owner = 0; owner < owners; owner++) queue.add(small, `small ${owner}`, 0);
      const supply: Supply = { pools, now: 0, hasPlace: () => true, isBarred: () => false };
      const serve = (): string | undefined => {
        const line = queue.findNext(supply);
        const [owner] = line?.owners.keys() ?? [];
        if (line === undefined || owner === undefined) return undefined;
        for (const use of line.lane.uses) takeFromPool(pool, use.amount, 0);
        queue.remove(line, owner);
        queue.sendBack(line);
        if (line.lane === small) queue.add(small, owner, 0); // it always has more
        return owner;
      };
      while (serve() !== undefined) {}
      queue.add(large, "large", 0);
      const served: (string | undefined)[] = [];
      while (!served.includes("large")) {
        giveBack(pool, 1);
        served.push(serve());
        expect(served.filter((each) => each !== undefined).length).toBeLessThanOrEqual(2);
      }
    }),
  );
});
