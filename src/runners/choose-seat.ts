import type { WorkerSeat } from "./worker-seat.ts";

/** Which of the workers that are not set aside for one attempt. All are O(workers). */
type Seats = ReadonlySet<WorkerSeat>;

export function countShared(seats: Seats): number {
  let count = 0;
  for (const seat of seats) if (isShared(seat)) count += 1;
  return count;
}

/** One with room: of those that have loaded the file of this definition the one with the least to do; else of the others. */
export function findRoom(seats: Seats, hash: string): WorkerSeat | undefined {
  let best: WorkerSeat | undefined;
  for (const seat of seats) {
    if (seat.room > 0 && (best === undefined || isBetter(seat, best, hash))) best = seat;
  }
  return best;
}

export function isLoadedIn(seats: Seats, hash: string): boolean {
  for (const seat of seats) if (isShared(seat) && seat.hasLoaded(hash)) return true;
  return false;
}

/** True where each holds as many attempts as it may: they only wait for something. */
export function areFull(seats: Seats): boolean {
  for (const seat of seats) if (isShared(seat) && !(seat.ready && seat.isFull)) return false;
  return true;
}

/** Where there are more than `most`: the one that has done least, once it is idle. */
export function findSpare(seats: Seats, most: number): WorkerSeat | undefined {
  if (countShared(seats) <= most) return undefined;
  let least: WorkerSeat | undefined;
  for (const seat of seats) {
    if (isShared(seat) && seat.ready && (least === undefined || seat.served < least.served)) least = seat;
  }
  return least?.isIdle ? least : undefined;
}

function isShared(seat: WorkerSeat): boolean {
  return !seat.exclusive && seat.isOpen;
}

function isBetter(seat: WorkerSeat, than: WorkerSeat, hash: string): boolean {
  const hasLoaded = seat.hasLoaded(hash);
  return hasLoaded === than.hasLoaded(hash) ? seat.held.size < than.held.size : hasLoaded;
}
