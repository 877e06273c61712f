import { type Binding, nameKey } from "../keys.ts";
import { useUi } from "../ui-context.ts";
import { useKeyQueue } from "./use-key-queue.ts";

/**
 * Hands keys to the bindings of a screen, then to those that are valid everywhere. Nothing happens while keys are dead,
 * and nothing for what is no single key: a paste decides nothing.
 */
export function useKeys(bindings: readonly Binding[], isActive: boolean): void {
  const ui = useUi();
  useKeyQueue((input, key) => {
    const name = nameKey(input, key);
    if (name === undefined) return;
    if (name === "ctrl-c") return ui.quit();
    if (!ui.canPress()) return;
    ui.say(null);
    const binding = [...bindings, ...ui.everywhere].find((each) => each.keys.includes(name));
    if (binding === undefined) return;
    if (binding.off) ui.say(binding.off);
    else binding.run();
  }, isActive);
}
