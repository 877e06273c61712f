import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InvalidDefinitionError } from "../../core/errors.ts";
import { CHILD_DEPTH_MAX } from "../../core/limits.ts";
import { listConfigTexts } from "../config/program-config.ts";
import type { ReadConfig } from "../config/read-config.ts";
import type { WorkflowProgram } from "../program.ts";
import { readDefinitionText } from "../read-definition-text.ts";
import { hashYamlCode } from "./code-hash.ts";
import { compileWorkflow } from "./compile-workflow.ts";
import { LoadContext } from "./load-context.ts";
import { findMisplacedExpressions } from "./placement.ts";
import { type Problem, throwProblems } from "./problems.ts";
import { checkSchema } from "./schema-problems.ts";
import { parseYamlDocument } from "./yaml-document.ts";

export interface LoadedYaml {
  readonly program: WorkflowProgram;
  /** What works and may surprise; to be told, not to be refused. */
  readonly warnings: readonly Problem[];
  /** sha256 over the text, the texts of its dotenv files, what the config adds, and its children. */
  readonly codeHash: string;
  /** The files that it was made of, absolute: itself, its dotenv files, its children and theirs. */
  readonly files: readonly string[];
}

/**
 * Makes a program of the text of a YAML file. Reads its dotenv files and child workflows from disk, beside it.
 * @param file its path, as messages are to name it; relative paths inside are relative to its folder.
 * @param config whose `env` and `defaults` lie beneath those of the file
 * @throws {InvalidYamlError} an `InvalidDefinitionError` with the place of the first mistake and a list of all.
 */
export function loadYaml(text: string, file: string, config?: ReadConfig): LoadedYaml {
  return loadNested(text, file, { config, parents: [resolve(file)], files: new Set() });
}

interface Nesting {
  readonly config: ReadConfig | undefined;
  /** The files that led here, this one last. */
  readonly parents: readonly string[];
  /** All files that were read, filled as it goes. */
  readonly files: Set<string>;
}

function loadNested(text: string, file: string, nesting: Nesting): LoadedYaml {
  const { config, files } = nesting;
  files.add(resolve(file));
  const document = parseYamlDocument(text, file);
  const misplaced = findMisplacedExpressions(document);
  const { definition, problems } = checkSchema(document);
  throwProblems([...misplaced, ...withoutPlacesOf(misplaced, problems)]);
  if (definition === undefined)
    throw new InvalidDefinitionError("no definition", { place: { file, line: 1, column: 1 } });
  const load = new LoadContext(document, definition, {
    folder: dirname(resolve(file)),
    config,
    hooks: {
      readText(path) {
        files.add(resolve(path));
        return readFileSync(path, "utf8");
      },
      loadChild: (path, shown) => loadChild(path, shown, nesting),
    },
  });
  const { program, dotenvTexts } = compileWorkflow(load);
  throwProblems(load.problems);
  return {
    program,
    warnings: load.warnings,
    codeHash: hashYamlCode(text, [...dotenvTexts, ...listConfigTexts(config), ...listChildHashes(program)]),
    files: [...files],
  };
}

/** A change of a child is a change of what its parent does. */
function listChildHashes({ children }: WorkflowProgram): string[] {
  return [...(children?.values() ?? [])].map(({ source }) => source?.codeHash ?? "");
}

function loadChild(file: string, shown: string, nesting: Nesting): WorkflowProgram {
  const { parents } = nesting;
  if (parents.includes(file))
    throw new InvalidDefinitionError("a workflow cannot start itself, directly or through its children");
  if (parents.length >= CHILD_DEPTH_MAX) {
    throw new InvalidDefinitionError(`expected at most ${CHILD_DEPTH_MAX} workflows that start one another`);
  }
  const nested = loadNested(readDefinitionText(file, shown), shown, { ...nesting, parents: [...parents, file] });
  return { ...nested.program, source: { file, codeHash: nested.codeHash } };
}

/** An expression that may not stand somewhere is no text of the right form either: said once. */
function withoutPlacesOf(misplaced: readonly Problem[], problems: readonly Problem[]): readonly Problem[] {
  const toKey = ({ place }: Problem): string => `${place.line}:${place.column}`;
  const told = new Set(misplaced.map(toKey));
  return problems.filter((problem) => !told.has(toKey(problem)));
}
