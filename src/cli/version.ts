/** Put in by the build; absent when the sources run as they are. */
declare const LOCKSTEP_VERSION: string | undefined;

export function readVersion(): string {
  return typeof LOCKSTEP_VERSION === "undefined" ? "source" : LOCKSTEP_VERSION;
}
