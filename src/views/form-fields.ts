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

/**
 * Required fields as they were declared, then the others by name: in a stored schema keys are sorted, and only its list of
 * required ones has kept its order.
 */
export function listFormFields(schema: JsonSchema): FormField[] {
  const properties = schema.properties;
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  if (typeof properties !== "object" || properties === null) return [];
  const rank = (name: string): number => (required.includes(name) ? required.indexOf(name) : required.length);
  const fields = Object.entries(properties as Record<string, JsonSchema>);
  return fields
    .sort(([one], [other]) => rank(one) - rank(other))
    .map(([name, field]) => {
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
