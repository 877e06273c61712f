/**
 * The ready tasks of one run, first in claim order on top. Owns which tasks are in it, and nothing else: the ranks belong to the
 * caller, and stay as they are while the heap lives.
 *
 * Invariants: H1 no task has a lower rank than its parent, at (place − 1) >> 1. H2 a task is in it at most once; the caller
 * sees to that, since a task becomes ready once.
 */
export class ReadyHeap {
  readonly #rank: ArrayLike<number>;
  readonly #tasks: number[] = [];

  /** @param rank by task; the lowest is popped first. */
  constructor(rank: ArrayLike<number>) {
    this.#rank = rank;
  }

  get size(): number {
    return this.#tasks.length;
  }

  /** The task that `pop` would return; undefined when empty. */
  peek(): number | undefined {
    return this.#tasks[0];
  }

  /** O(log n); O(1) for tasks pushed in the order of their ranks. */
  push(task: number): void {
    const rank = this.#rank[task] as number;
    let place = this.#tasks.length;
    this.#tasks.push(task);
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = this.#tasks[parentPlace] as number;
      if ((this.#rank[parent] as number) <= rank) break; // H1
      this.#tasks[place] = parent;
      place = parentPlace;
    }
    this.#tasks[place] = task;
  }

  /** Takes the first task in claim order; undefined when empty. O(log n). */
  pop(): number | undefined {
    const first = this.#tasks[0];
    const last = this.#tasks.pop();
    if (last !== undefined && this.#tasks.length > 0) this.#sink(last);
    return first;
  }

  clear(): void {
    this.#tasks.length = 0;
  }

  /** Puts a task at the top and lets it sink until H1 holds. */
  #sink(task: number): void {
    const rank = this.#rank[task] as number;
    const size = this.#tasks.length;
    let place = 0;
    for (;;) {
      let childPlace = 2 * place + 1;
      if (childPlace >= size) break;
      if (childPlace + 1 < size && this.#rankAt(childPlace + 1) < this.#rankAt(childPlace)) childPlace++;
      if (this.#rankAt(childPlace) >= rank) break; // H1
      this.#tasks[place] = this.#tasks[childPlace] as number;
      place = childPlace;
    }
    this.#tasks[place] = task;
  }

  #rankAt(place: number): number {
    return this.#rank[this.#tasks[place] as number] as number;
  }
}
