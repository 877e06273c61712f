import { expect } from "vitest";
import { EVENT_KINDS } from "../../src/core/event-kind.ts";
import { listNeeds } from "../../src/core/graph.ts";
import type { RunState } from "../../src/core/run-state.ts";
import { isFinalRun } from "../../src/core/run-status.ts";
import type { TaskNode } from "../../src/core/task-node.ts";
import { isFinalTask, type TaskStatus } from "../../src/core/task-status.ts";

/** What is true of a run's memory at every moment, said plainly and worked out from the statuses alone. */
export function checkRun(state: RunState): void {
  const { graph } = state.plan;
  const declared = state.nodes.slice(0, graph.size);
  for (const node of declared) {
    const unmet = Array.from(listNeeds(graph, node.index)).filter((need) => !isFinal(state.nodes[need]));
    if (node.status !== "pending" && !(node.status === "skipped" || node.status === "canceled"))
      expect(unmet, `task ${node.index} is ${node.status}`).toEqual([]);
    if (node.map !== null) checkMap(node);
    expect(node.wakeAt !== null).toBe(node.status === "retrying");
  }
  if (state.strategy === "layers") checkLayers(state, declared);
  checkCounters(state, declared);
  for (const { kind } of state.events) expect(EVENT_KINDS).toContain(kind);
  if (isFinalRun(state.status)) for (const node of listNodes(state)) expect(isFinal(node), `${node.index}`).toBe(true);
}

function isFinal(node: TaskNode | undefined): boolean {
  return node !== undefined && isFinalTask(node.status);
}

/** Declared tasks and the instances of their present lists. */
export function listNodes(state: RunState): TaskNode[] {
  const declared = state.nodes.slice(0, state.plan.graph.size);
  return declared.flatMap((node) => [node, ...(node.map?.children ?? [])]);
}

const BEGUN: readonly TaskStatus[] = ["ready", "running", "retrying", "waiting"];

/** Nothing of a layer begins before all earlier ones are settled. */
function checkLayers(state: RunState, declared: readonly TaskNode[]): void {
  const begun = declared.filter((node) => BEGUN.includes(node.status));
  const firstOpen = Math.min(...declared.filter((node) => !isFinal(node)).map((node) => node.layer));
  for (const node of begun) expect(node.layer, `task ${node.index} is ${node.status}`).toBe(firstOpen);
  const active = listNodes(state).filter((node) => node.isActive);
  for (const node of active) expect(node.layer).toBe(firstOpen);
}

function checkMap(parent: TaskNode): void {
  const { map } = parent;
  if (map === null) return;
  const count = (has: (child: TaskNode) => boolean): number => map.children.filter(has).length;
  expect(map.open).toBe(count((child) => !isFinal(child)));
  expect(map.failed).toBe(count((child) => child.status === "failed"));
  expect(map.active).toBe(count((child) => child.isActive));
  expect(map.active).toBeLessThanOrEqual(parent.spec.map?.maxConcurrent ?? Number.POSITIVE_INFINITY);
  if (parent.status === "running") expect(map.open).toBeGreaterThan(0);
}

function checkCounters(state: RunState, declared: readonly TaskNode[]): void {
  const nodes = listNodes(state);
  const count = (has: (node: TaskNode) => boolean): number => nodes.filter(has).length;
  expect(state.active).toBe(count((node) => node.isActive));
  expect(state.active).toBeLessThanOrEqual(state.maxConcurrent);
  expect(state.retrying).toBe(count((node) => node.status === "retrying"));
  expect(state.waiting).toBe(count((node) => node.status === "waiting"));
  expect(state.unsettled).toBe(declared.filter((node) => !isFinal(node)).length);
  for (const [layer, left] of state.layerLeft.entries())
    expect(left, `layer ${layer}`).toBe(declared.filter((node) => node.layer === layer && !isFinal(node)).length);
  for (const node of nodes) if (node.isActive) expect(node.status).toBe("running");
}
