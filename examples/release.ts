/**
 * A release that people let through: build, test, a gate, and three targets that are deployed to one after the other's
 * approval. `lockstep run examples/release.ts`, then `lockstep checkpoints`.
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workflow } from "lockstep";
import { z } from "zod";

const TARGETS = ["eu", "us", "asia"];

const wf = workflow("release", {
  description: "Build, test, ask, and deploy to three targets",
  input: z.object({ version: z.string().default("1.2.0"), out: z.string().default("release-out") }),
});

const build = wf.task("build", { output: z.object({ file: z.string(), notes: z.string() }) }, ({ input, feedback }) => {
  mkdirSync(input.out, { recursive: true });
  const file = join(input.out, `app-${input.version}.txt`);
  writeFileSync(file, `app ${input.version}\n`);
  // Who sends the build back says what is missing; the next round has it.
  return { file, notes: feedback === undefined ? `Release ${input.version}` : `Release ${input.version}: ${feedback}` };
});

const tested = wf.task("test", { needs: { build } }, ({ needs }) => ({ file: needs.build.file, passed: 42 }));

const gate = wf.confirm("gate", {
  needs: { build, tested },
  message: "Release this version?",
  risk: "high",
  show: ({ needs }) => ({ notes: needs.build.notes, passed: needs.tested.passed }),
});

const targets = wf.task("targets", { needs: { build }, after: [gate] }, () => TARGETS);

const deploy = wf.map(
  "deploy",
  {
    over: targets,
    needs: { build },
    label: ({ item }) => item,
    checkpoint: { message: "Deploy to these targets?", risk: "medium" },
  },
  ({ item, input, needs }) => {
    appendFileSync(join(input.out, "deployed.txt"), `${item} ${needs.build.notes}\n`);
    return { target: item, file: needs.build.file };
  },
);

export default wf.returns(deploy);
