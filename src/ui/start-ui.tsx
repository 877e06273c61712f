import { render } from "ink";
import { App, INTERRUPTED } from "./app.tsx";
import type { UiPorts } from "./ports.ts";
import { parseGateName, type View } from "./view.ts";

/** Frames per second at most: over SSH each costs. */
const FPS_MAX = 15;

export interface StartOptions {
  /** The gate to open, such as `412.1`; undefined: the inbox. */
  readonly checkpoint: string | undefined;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  /** Calls back when the process is asked to stop, until the function that is returned is called. */
  onInterrupt(callback: () => void): () => void;
}

/**
 * Draws the UI until the person leaves it, and says how. Rejects with what is wrong with the database, where that has
 * become unusable meanwhile.
 */
export async function startUi(ports: UiPorts, options: StartOptions): Promise<"left" | "interrupted"> {
  const { checkpoint, stdin, stdout, onInterrupt } = options;
  const gate = checkpoint === undefined ? undefined : parseGateName(checkpoint);
  const first: View = gate === undefined ? { kind: "inbox" } : { kind: "checkpoint", ...gate };
  const app = render(<App ports={ports} first={first} />, {
    ...{ stdin, stdout, alternateScreen: true, incrementalRendering: true, maxFps: FPS_MAX },
    // Ctrl-C leaves by the same way as q.
    ...{ exitOnCtrlC: false, interactive: true },
  });
  let wasInterrupted = false;
  const ignoreInterrupts = onInterrupt(() => {
    wasInterrupted = true;
    app.unmount();
  });
  try {
    const ended: unknown = await app.waitUntilExit();
    return wasInterrupted || ended === INTERRUPTED ? "interrupted" : "left";
  } finally {
    ignoreInterrupts();
  }
}
