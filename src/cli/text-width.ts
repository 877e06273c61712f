/** The measure lies in core, since the terminal UI draws by it, too. */
export { cutToWidth, layOutTable, measureWidth, padToWidth } from "../core/text-width.ts";
