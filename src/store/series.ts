/** What is in the row of the id. */
interface Member {
  readonly id: number;
}

/**
 * Members whose ids rise by the same step, so that no other id between the first and the last is in step with them: one
 * statement names them all by these three numbers.
 */
export interface Series<M> {
  readonly members: readonly M[];
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** Fewer are as quick by their ids. */
const LENGTH_MIN = 16;

/** Takes the series out of the members; `mayStep` says which steps count, and what may follow the first. O(members). */
export function splitSeries<M extends Member>(
  members: readonly M[],
  mayStep: (step: number, member: M, first: M) => boolean,
): { readonly series: readonly Series<M>[]; readonly others: readonly M[] } {
  const series: Series<M>[] = [];
  const others: M[] = [];
  for (let from = 0; from < members.length; ) {
    const { until, step } = findEnd(members, from, mayStep);
    const part = members.slice(from, until);
    const [first, last] = [part[0] as M, part.at(-1) as M];
    if (part.length < LENGTH_MIN) others.push(...part);
    else series.push({ members: part, first: first.id, last: last.id, step });
    from = until;
  }
  return { series, others };
}

/** Neighbors. */
export function isNext(step: number): boolean {
  return step === 1;
}

/** Where the longest series ends that begins there; one member is the shortest. */
function findEnd<M extends Member>(
  members: readonly M[],
  from: number,
  mayStep: (step: number, member: M, first: M) => boolean,
): { readonly until: number; readonly step: number } {
  const first = members[from] as M;
  const step = (members[from + 1]?.id ?? first.id) - first.id;
  let until = from + 1;
  for (; until < members.length; until++) {
    const member = members[until] as M;
    if (member.id - first.id !== (until - from) * step || !mayStep(step, member, first)) break;
  }
  return { until, step };
}
