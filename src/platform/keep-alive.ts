/** One for all: who waits for each of a thousand runs would make and clear a thousand. */
let timer: NodeJS.Timeout | undefined;
let holders = 0;

/** A timer of a clock keeps no process alive. This does, until the function that it returns is called. */
export function keepAlive(): () => void {
  timer ??= setInterval(() => {}, 2 ** 30);
  if (holders++ === 0) timer.ref();
  let holds = true;
  return () => {
    if (!holds) return;
    holds = false;
    if (--holders === 0) timer?.unref();
  };
}
