#!/usr/bin/env node
/**
 * The first thing that runs. It is built to parse on old versions of Node, because better-sqlite3 does not refuse them:
 * it crashes. So the version is looked at before anything else is loaded, and `--version` needs nothing else.
 */

/** Put in by the build. */
declare const LOCKSTEP_VERSION: string;

const OLDEST = { major: 22, minor: 18 };

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor);
}

/** The npm packages that hold Node itself exist for Linux under these names; elsewhere its own page helps. */
function howToGetNode(): string {
  return process.platform === "linux"
    ? `Try: npx -y -p node-linux-${process.arch}@24 -p lockstep lockstep …`
    : "Get it from https://nodejs.org";
}

/**
 * Compiled code is kept in the user's own cache: it takes a third off the start. Node's default is a shared temporary
 * folder, where somebody else could put code for us to run.
 */
function keepCompiledCode(): void {
  const { HOME, XDG_CACHE_HOME } = process.env;
  const cache = XDG_CACHE_HOME || (HOME && `${HOME}/.cache`);
  if (cache) process.getBuiltinModule("node:module").enableCompileCache(`${cache}/lockstep`);
}

/** A shell may stand in a folder that was deleted or unmounted meanwhile. */
function isFolderGone(): boolean {
  try {
    process.cwd();
    return false;
  } catch {
    return true;
  }
}

if (isTooOld(process.versions.node)) {
  console.error(
    `lockstep needs Node ${OLDEST.major}.${OLDEST.minor} or newer; this is ${process.versions.node} (${process.execPath}). ${howToGetNode()}`,
  );
  process.exitCode = 2;
} else if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) {
  console.log(LOCKSTEP_VERSION);
} else if (isFolderGone()) {
  console.error("The folder that this was called in is not there any more. Change into one that is.");
  process.exitCode = 2;
} else {
  keepCompiledCode();
  void import("./main.ts");
}
