/** A source of users that gives the same ones for the same seed: some addresses are no addresses, some come twice. */

export interface RawUser {
  readonly id: number;
  readonly name: string;
  readonly email: string;
}

const FIRST_NAMES = ["Ada", "Barbara", "Donald", "Edsger", "Grace", "Ken", "Leslie", "Margaret", "Niklaus", "Radia"];
const LAST_NAMES = [
  "Allen",
  "Dijkstra",
  "Hamilton",
  "Hopper",
  "Knuth",
  "Lamport",
  "Liskov",
  "Perlman",
  "Ritchie",
  "Wirth",
];
const HOSTS = ["example.com", "example.net", "example.org"];

export function fetchUsers(seed: number, count: number): RawUser[] {
  const next = createRandom(seed);
  const pick = (list: readonly string[]) => list[Math.floor(next() * list.length)] ?? "";
  const users: RawUser[] = [];
  for (let id = 1; id <= count; id += 1) {
    const [first, last] = [pick(FIRST_NAMES), pick(LAST_NAMES)];
    const chance = next();
    const earlier = users[Math.floor(next() * users.length)];
    const address = `${first}.${last}.${id}@${pick(HOSTS)}`;
    if (chance < 0.03 && earlier !== undefined) users.push({ ...earlier, id });
    else users.push({ id, name: ` ${first} ${last}`, email: chance > 0.98 ? address.replace("@", " at ") : address });
  }
  return users;
}

/** Mulberry32: numbers in [0, 1), the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
