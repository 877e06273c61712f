import { dirname, join, relative } from "node:path";
import type { WorkflowProgram } from "../program.ts";
import type { NameRules } from "./expression-names.ts";
import type { Problem } from "./problems.ts";
import type { WorkflowDefinition } from "./schema-workflow.ts";
import { compileTemplate, type Template, type TemplateSite } from "./template.ts";
import type { YamlDocument, YamlPath } from "./yaml-document.ts";

/** What a file is read with. */
export interface LoadHooks {
  /** The text of a file, by its absolute path. Throws where there is none. */
  readText(path: string): string;
  /** Loads another YAML file as a child; its mistakes are thrown, and name it as `shown`. */
  loadChild(path: string, shown: string): WorkflowProgram;
}

/**
 * One file while it is made into a program. Owns the lists of mistakes and warnings: reading goes on after a mistake,
 * and what was made is thrown away where there is one.
 */
export class LoadContext {
  readonly document: YamlDocument;
  readonly definition: WorkflowDefinition;
  /** Absolute folder of the file. */
  readonly folder: string;
  readonly hooks: LoadHooks;
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  constructor(document: YamlDocument, definition: WorkflowDefinition, folder: string, hooks: LoadHooks) {
    this.document = document;
    this.definition = definition;
    this.folder = folder;
    this.hooks = hooks;
  }

  /** How messages name a file beside this one: as this one was named. */
  showPath(file: string): string {
    return join(dirname(this.document.file), relative(this.folder, file));
  }

  report(path: YamlPath, message: string): void {
    this.problems.push({ message, place: this.document.findValuePlace(path) });
  }

  reportKey(path: YamlPath, message: string): void {
    this.problems.push({ message, place: this.document.findKeyPlace(path) });
  }

  warn(path: YamlPath, message: string): void {
    this.warnings.push({ message, place: this.document.findValuePlace(path) });
  }

  compile(value: unknown, path: YamlPath, rules: NameRules): Template {
    const site: TemplateSite = {
      rules,
      report: (at, nth, offset, message) => {
        this.problems.push({
          message,
          place: this.document.findExpressionPlace(at, nth, offset),
          code: "invalid_expression",
        });
      },
    };
    return compileTemplate(value, path, site);
  }
}
