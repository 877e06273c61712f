/** A timer of a clock keeps no process alive. This does, until the function that it returns is called. */
export function keepAlive(): () => void {
  const timer = setInterval(() => {}, 2 ** 30);
  return () => clearInterval(timer);
}
