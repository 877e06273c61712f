/**
 * One batch of check-urls.yaml: reads paths as a JSON list, asks the example's server for each, and prints the answers as
 * JSON. Like the server that a batch of yours would look at, it knows nothing of Lockstep.
 */
import { readFileSync } from "node:fs";
import { getServer } from "./check-urls-server.ts";

const paths: string[] = JSON.parse(readFileSync(0, "utf8"));
const server = await getServer();
const answers: { path: string; status: number }[] = [];
for (const path of paths) {
  const { status } = await fetch(server + path);
  answers.push({ path, status });
}
console.log(JSON.stringify(answers));
