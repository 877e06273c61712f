import { dirname, join, relative } from "node:path";
import type { SourcePlace } from "../../core/errors.ts";
import type { ReadConfig } from "../config/read-config.ts";
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

/** What a file is loaded with, beside its own text. */
export interface LoadSite {
  /** Absolute. */
  readonly folder: string;
  readonly hooks: LoadHooks;
  readonly config: ReadConfig | undefined;
}

/** The first step of a path that leads into the config instead of the workflow's file. */
export const CONFIG = "lockstep.config.yaml";

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
  /** The config of the machine, whose `env` and `defaults` lie beneath the file's own. */
  readonly config: ReadConfig | undefined;
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  constructor(document: YamlDocument, definition: WorkflowDefinition, site: LoadSite) {
    this.document = document;
    this.definition = definition;
    this.folder = site.folder;
    this.hooks = site.hooks;
    this.config = site.config;
  }

  /** How messages name a file beside this one: as this one was named. */
  showPath(file: string): string {
    return join(dirname(this.document.file), relative(this.folder, file));
  }

  report(path: YamlPath, message: string): void {
    this.problems.push({ message, place: this.#look(path, (document, inner) => document.findValuePlace(inner)) });
  }

  reportKey(path: YamlPath, message: string): void {
    this.problems.push({ message, place: this.#look(path, (document, inner) => document.findKeyPlace(inner)) });
  }

  /** `child`: the child workflow that it is about. */
  warn(path: YamlPath, message: string, child?: string): void {
    const place = this.#look(path, (document, inner) => document.findValuePlace(inner));
    this.warnings.push({ message, place, ...(child === undefined ? {} : { child }) });
  }

  #look(path: YamlPath, find: (document: YamlDocument, path: YamlPath) => SourcePlace): SourcePlace {
    if (path[0] !== CONFIG || this.config === undefined) return find(this.document, path);
    return find(this.config.document, path.slice(1));
  }

  compile(value: unknown, path: YamlPath, rules: NameRules): Template {
    const site: TemplateSite = {
      rules,
      report: (at, nth, offset, message) => {
        this.problems.push({
          message,
          place: this.#look(at, (document, inner) => document.findExpressionPlace(inner, nth, offset)),
          code: "invalid_expression",
        });
      },
    };
    return compileTemplate(value, path, site);
  }
}
