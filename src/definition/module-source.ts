/** Turns a user's source into JavaScript that Node loads, whatever package.json says and whichever TypeScript it is written in. */

import module from "node:module";
import vm from "node:vm";

export interface ModuleSource {
  readonly format: "module" | "commonjs";
  readonly source: string;
}

/** What the compiler of CommonJS says of a file that is an ES module. */
const MODULE_SYNTAX =
  /^(?:Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module|await is only valid)/;
const COMMONJS_PARAMETERS = ["exports", "require", "module", "__filename", "__dirname"];

/**
 * Reads the source of a `.ts`, `.mts`, `.cts` or `.js` file. An ES module is known by its syntax: `npm init -y` writes
 * `"type": "commonjs"`, and people write `import` beside it.
 * @param declared what file name and package.json say; it holds for files without any import or export.
 */
export function toModuleSource(path: string, text: string, declared: "module" | "commonjs" | undefined): ModuleSource {
  const source = /\.[mc]?ts$/.test(path) ? toJavaScript(path, text) : text;
  if (/\.mts$/.test(path)) return { format: "module", source };
  if (/\.cts$/.test(path)) return { format: "commonjs", source };
  return { format: hasModuleSyntax(source) ? "module" : (declared ?? "commonjs"), source };
}

/** The error of a parser that says where, for JavaScript that Node refused without saying. */
export function findSyntaxError(path: string, text: string): Error | undefined {
  try {
    withoutExperimentalWarning(() => module.stripTypeScriptTypes(text, { mode: "strip", sourceUrl: path }));
    return undefined;
  } catch (error) {
    return error instanceof SyntaxError ? error : undefined;
  }
}

function hasModuleSyntax(source: string): boolean {
  try {
    vm.compileFunction(source, COMMONJS_PARAMETERS);
    return false;
  } catch (error) {
    return error instanceof Error && MODULE_SYNTAX.test(error.message);
  }
}

/** Strips the types; what only a transformation can do (`enum`, `namespace`, parameter properties) is transformed. */
function toJavaScript(path: string, text: string): string {
  return withoutExperimentalWarning(() => {
    try {
      return module.stripTypeScriptTypes(text, { mode: "strip", sourceUrl: path });
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
        throw error;
      return transformTypeScript(path, text, error);
    }
  });
}

function transformTypeScript(path: string, text: string, unsupported: Error): string {
  // Lines move in a transformation; the map brings those of a stack back.
  process.setSourceMapsEnabled(true);
  try {
    return module.stripTypeScriptTypes(text, { mode: "transform", sourceMap: true, sourceUrl: path });
  } catch (error) {
    // A Node that has no transformation says so by refusing the mode.
    const isModeUnknown = error instanceof Error && "code" in error && error.code === "ERR_INVALID_ARG_VALUE";
    throw isModeUnknown ? unsupported : error;
  }
}

/** Node warns of the one function; a user who ran a workflow can do nothing about it. */
function withoutExperimentalWarning<T>(read: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = (...args: readonly unknown[]) => {
    if (args[1] !== "ExperimentalWarning") Reflect.apply(emitWarning, process, args);
  };
  try {
    return read();
  } finally {
    process.emitWarning = emitWarning;
  }
}
