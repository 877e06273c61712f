import { existsSync } from "node:fs";
import { basename, isAbsolute } from "node:path";
import {
  ALL_ATTEMPTS,
  checkResources,
  createConflictError,
  type DefinedResource,
  getCapacity,
  isSameResource,
  type MachineResources,
} from "../core/check-resources.ts";
import { formatResource } from "../core/resource-text.ts";
import type { ResourceSpec, WorkflowSpec } from "../core/workflow-spec.ts";
import type { ResourceRow } from "../store/resource-rows.ts";
import type { Rows } from "../store/rows.ts";

/** What this process knows of who defines resources: the machine, and its own workflows without a file. */
interface KnownSources {
  readonly machine: MachineResources | undefined;
  readonly sources: Set<string>;
}

/**
 * Writes the resources that a workflow uses or declares. Inside a transaction; a workflow without any costs nothing.
 * @param file of the workflow; undefined: it is part of a program
 * @throws {InvalidDefinitionError} where definitions differ, or a task uses what is not there. Nothing was written.
 */
export function registerResources(
  rows: Rows,
  workflow: WorkflowSpec,
  file: string | undefined,
  known: KnownSources,
  now: number,
): void {
  const used = listUsed(workflow);
  if (used.length === 0) return;
  const source = file ?? `workflow "${workflow.name}"`;
  const resources = checkResources(workflow, source, known.machine);
  const defined = used.flatMap((name) => {
    const found = resources.get(name);
    return found === undefined ? [] : [[name, found] as const];
  });
  for (const [name, each] of defined) refuseOther(rows, name, each, known); // of who is refused nothing is written
  for (const [name, each] of defined) defineResource(rows, name, each, known, now);
  if (file === undefined) known.sources.add(source);
}

/** The same definition is submitted again and again. */
const USED = new WeakMap<WorkflowSpec, readonly string[]>();

function listUsed(workflow: WorkflowSpec): readonly string[] {
  const known = USED.get(workflow);
  if (known !== undefined) return known;
  const used = new Set(Object.keys(workflow.resources ?? {}));
  for (const { uses } of workflow.tasks) for (const name of Object.keys(uses ?? {})) used.add(name);
  const names = [...used];
  USED.set(workflow, names);
  return names;
}

/** Writes what the machine has. Who says otherwise, or uses what another config defines, is refused when submitted. */
export function registerMachine(rows: Rows, machine: MachineResources, now: number): void {
  const known = { machine, sources: new Set<string>() };
  for (const [name, spec] of Object.entries(machine.resources)) {
    const row = rows.resources.find(name);
    const defined = { spec, file: machine.file };
    if (row === undefined || isOver(row, defined, known)) defineResource(rows, name, defined, known, now);
  }
  if (machine.maxConcurrent === undefined) return;
  const found = rows.resources.find(ALL_ATTEMPTS);
  if (found?.capacity === machine.maxConcurrent) return;
  rows.resources.define(toDefinition(ALL_ATTEMPTS, { slots: machine.maxConcurrent }, machine.file));
}

/** @throws {InvalidDefinitionError} where a row says otherwise, and holds */
function refuseOther(rows: Rows, name: string, defined: DefinedResource, known: KnownSources): void {
  const row = rows.resources.find(name);
  if (row === undefined || isSameResource(toSpec(row), defined.spec) || isOver(row, defined, known)) return;
  throw createConflictError(name, defined, { spec: toSpec(row), file: row.file });
}

function defineResource(rows: Rows, name: string, defined: DefinedResource, known: KnownSources, now: number): void {
  const row = rows.resources.find(name);
  if (row !== undefined) {
    const before = { spec: toSpec(row), file: row.file };
    const isSame = isSameResource(before.spec, defined.spec);
    if (isSame && (row.file === defined.file || !isOver(row, defined, known))) return;
    if (!isSame) {
      const data = { resource: name, from: formatResource(before.spec), to: formatResource(defined.spec) };
      rows.events.insert(null, [{ kind: "resource.changed", data: { ...data, file: defined.file } }], now);
    }
  }
  rows.resources.define(toDefinition(name, defined.spec, defined.file));
}

/** Whether what a row says holds no longer, so that another definition may take its place. */
function isOver(row: ResourceRow, defined: DefinedResource, { machine, sources }: KnownSources): boolean {
  if (row.file === defined.file) return true;
  if (row.file === machine?.file) return machine.resources[row.name] === undefined;
  if (isAbsolute(row.file) ? !existsSync(row.file) : !sources.has(row.file)) return true;
  // The machine's definition goes before a workflow's: that one is refused when it comes again.
  return defined.file === machine?.file && basename(row.file) !== basename(machine.file);
}

function toSpec({ capacity, rateCount, rateWindowMs, burst }: ResourceRow): ResourceSpec {
  if (rateCount === null || rateWindowMs === null) return { capacity: capacity ?? 0 };
  return { rate: rateCount, windowMs: rateWindowMs, burst: burst ?? 1 };
}

function toDefinition(name: string, spec: ResourceSpec, file: string): Omit<ResourceRow, "tat"> {
  if (!("rate" in spec)) {
    return { name, capacity: getCapacity(spec) ?? 0, rateCount: null, rateWindowMs: null, burst: null, file };
  }
  return { name, capacity: null, rateCount: spec.rate, rateWindowMs: spec.windowMs, burst: spec.burst ?? 1, file };
}
