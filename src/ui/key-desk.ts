/**
 * Hands the keys of the terminal to whoever is to have them: a screen, its help, or a question in the message row.
 *
 * Owns: the order of what was typed, and who takes keys now. Owns not: what keys do.
 *
 * K1  One listener for as long as the UI runs: no key is lost while one target takes over from another.
 * K2  Each key is handled after what the one before it did was drawn: several may arrive at once, as they do over SSH, and
 *     the second must not act on what the first has left.
 * K3  A key is for the target that had the keys when it arrived; where that has them no longer it does nothing.
 */
import type { Key } from "ink";

/** `stop`: what is left of the piece is dropped. */
export type Handled = "next" | "stop";

export interface KeyTarget {
  /** Takes one piece of input; each function that it returns is one key. */
  split(input: string, key: Key): readonly (() => Handled)[];
  paste(text: string): void;
}

export class KeyDesk {
  readonly #targets: KeyTarget[] = [];
  #tail: Promise<void> = Promise.resolve();

  /** The last one that was registered has the keys, until the function that is returned is called. */
  register(target: KeyTarget): () => void {
    this.#targets.push(target);
    return () => {
      const at = this.#targets.indexOf(target);
      if (at >= 0) this.#targets.splice(at, 1);
    };
  }

  type(input: string, key: Key): void {
    this.#enqueue(async (target) => {
      for (const press of target.split(input, key)) {
        if (this.#current !== target) return; // K3
        const handled = press();
        await afterDrawing(); // K2
        if (handled === "stop") return;
      }
    });
  }

  paste(text: string): void {
    this.#enqueue(async (target) => {
      target.paste(text);
      await afterDrawing();
    });
  }

  get #current(): KeyTarget | undefined {
    return this.#targets.at(-1);
  }

  #enqueue(work: (target: KeyTarget) => Promise<void>): void {
    const target = this.#current; // K3
    this.#tail = this.#tail.then(async () => {
      if (target !== undefined && this.#current === target) await work(target);
    });
  }
}

/** React draws what a key has changed in a task of its own, which is then ahead of this one. */
function afterDrawing(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
