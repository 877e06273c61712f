// Runs at the end of `npm ci` and `npm install` in the clone, and before `npm pack`: leaves a working `npx lockstep`.
// (npm links no command of the root package, and links that of the `file:.` dependency before dist/ exists.)
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`lockstep needs Node 22.18 or newer to build; this is ${process.versions.node} (${process.execPath}).`);
  process.exitCode = 1;
} else {
  await import("./build.ts");
  linkCommand();
}

function linkCommand() {
  const link = join(root, "node_modules/.bin/lockstep");
  if (!existsSync(join(root, "dist/cli.js")) || process.platform === "win32") return;
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync("../lockstep/dist/cli.js", link);
}
