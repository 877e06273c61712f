import { z } from "zod";
import { inputName } from "./schema-fields.ts";

const INPUT_TYPES = ["string", "integer", "number", "boolean", "list", "object"] as const;

/** The keys of an input that say what it may be; `items` has the same. */
const inputShape = {
  type: z.enum(INPUT_TYPES).describe("What it is. `--input name=text` is read by it"),
  description: z.string().optional().describe("What people should know of it"),
  enum: z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .optional()
    .describe("The only values that are allowed"),
  pattern: z.string().optional().describe("A regular expression that a string must match"),
  min: z.number().optional().describe("The least number, characters of a string, or items of a list"),
  max: z.number().optional().describe("The largest number, characters of a string, or items of a list"),
};

const itemsSchema = z.strictObject(inputShape);

export const inputSchema = z.strictObject({
  ...inputShape,
  default: z.unknown().optional().describe("The value where none is given. Without it the input is required"),
  items: itemsSchema.optional().describe("What each item of a list must be"),
});

export const inputsSchema = z.record(inputName, inputSchema);

export type InputDefinition = z.output<typeof inputSchema>;
export type InputDefinitions = z.output<typeof inputsSchema>;
