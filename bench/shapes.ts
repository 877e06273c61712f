/** The measured workflows. Their tasks do nothing but what `work` does, and hand null on. */
import { type TaskHandle, type Workflow, workflow } from "../src/index.ts";

type Work = () => null;

/** Tasks each of which needs the one before. */
export function declareChain(name: string, tasks: number, work: Work): Workflow<unknown> {
  const wf = workflow(name);
  let last: TaskHandle = wf.task("t0", work);
  for (let index = 1; index < tasks; index += 1) last = wf.task(`t${index}`, { needs: { last } }, work);
  wf.returns(last);
  return wf;
}

/** One task, `width` that need it, and one that needs all of these. */
export function declareFan(name: string, width: number, work: Work): Workflow<unknown> {
  const wf = workflow(name);
  const first = wf.task("first", work);
  const wide = Array.from({ length: width }, (_, index) => wf.task(`w${index}`, { needs: { first } }, work));
  wf.returns(wf.task("last", { needs: wide }, work));
  return wf;
}

/** Tasks that need nothing: one layer. */
export function declareLayer(name: string, tasks: number, work: Work): Workflow<unknown> {
  const wf = workflow(name);
  const first = wf.task("t0", work);
  for (let index = 1; index < tasks; index += 1) wf.task(`t${index}`, work);
  wf.returns(first);
  return wf;
}
