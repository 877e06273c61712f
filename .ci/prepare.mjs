// Runs at the end of `npm ci` and `npm install` in the clone, and before `npm pack`: leaves a working `npx lockstep`.
// npm links no command of the root package, and links that of the `file:.` dependency before dist/ exists. npm 10 does
// not link the Node of .ci/node either. This file has to parse on old versions of Node.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const node = join(root, `node_modules/node-linux-${process.arch}/bin/node`);
const [major, minor] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  await import("./build.ts");
  link("lockstep", "../lockstep/dist/cli.js");
} else if (process.platform === "linux" && existsSync(node)) {
  link("node", `../node-linux-${process.arch}/bin/node`);
  process.exitCode = spawnSync(node, [fileURLToPath(import.meta.url)], { stdio: "inherit" }).status ?? 1;
} else {
  console.error(`lockstep needs Node 22.18 or newer to build; this is ${process.versions.node} (${process.execPath}).`);
  process.exitCode = 1;
}

function link(name, target) {
  const path = join(root, "node_modules/.bin", name);
  if (process.platform === "win32" || !existsSync(join(dirname(path), target))) return;
  rmSync(path, { force: true });
  symlinkSync(target, path);
}
