/** The measured workflows as a file that worker processes load. */
import { workflow } from "../src/index.ts";
import { declareChain, declareFan } from "./shapes.ts";

const work = (): null => null;

/** Says in which process it runs. */
export const warmUp = workflow("warm-up");
warmUp.task("where", () => process.pid);

export const chain = declareChain("chain", 100, work);
export const fan = declareFan("fan", 1_000, work);
export const many = declareChain("many", 3, work);
export const single = declareChain("single", 1, work);
