import type { JsonSchema } from "../core/workflow-spec.ts";

/** One field of a checkpoint's form, as it is asked for in a row. */
export interface FormField {
  readonly name: string;
  /** `text`, `number`, `true or false`, `one of a, b`, `JSON`. */
  readonly kind: string;
  readonly type: string | undefined;
  readonly options: readonly unknown[] | undefined;
  readonly isRequired: boolean;
}

export function listFormFields(schema: JsonSchema): FormField[] {
  const properties = schema.properties;
  const required = Array.isArray(schema.required) ? schema.required : [];
  if (typeof properties !== "object" || properties === null) return [];
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, field]) => {
    const options = Array.isArray(field.enum) ? (field.enum as unknown[]) : undefined;
    const type = typeof field.type === "string" ? field.type : undefined;
    const isRequired = required.includes(name) && field.default === undefined;
    return { name, kind: nameKind(type, options), type, options, isRequired };
  });
}

function nameKind(type: string | undefined, options: readonly unknown[] | undefined): string {
  if (options !== undefined) return `one of ${options.join(", ")}`;
  if (type === "string") return "text";
  if (type === "number" || type === "integer") return type === "integer" ? "whole number" : "number";
  return type === "boolean" ? "true or false" : "JSON";
}
