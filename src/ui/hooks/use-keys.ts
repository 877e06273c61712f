import type { Handled } from "../key-desk.ts";
import { type Binding, nameKeys, showKey } from "../keys.ts";
import { useUi } from "../ui-context.ts";
import { useKeyTarget } from "./use-key-target.ts";

/**
 * Hands keys to the bindings of a screen, then to those that are valid everywhere. Nothing happens while keys are dead.
 * Of several keys that come as one piece those that look and move are taken one by one, up to the first that decides:
 * that one is for a key by itself. A paste, where the terminal tells it apart, is no key at all.
 * `isEverLive`: keys are never dead, since none of them decides.
 */
export function useKeys(bindings: readonly Binding[], isActive: boolean, isEverLive = false): void {
  const ui = useUi();
  const press = (name: string, isAlone: boolean): Handled => {
    if (name === "ctrl-c") ui.interrupt();
    if (name === "ctrl-c" || !(isEverLive || ui.canPress())) return "stop";
    ui.say(null);
    const binding = [...bindings, ...ui.everywhere].find((each) => each.keys.includes(name));
    if (binding === undefined) return "next";
    if (binding.isDecision === true && !isAlone) {
      ui.say(`Several keys came at once: press ${showKey(name)} by itself`);
      return "stop";
    }
    if (binding.off) ui.say(binding.off);
    else binding.run();
    return "next";
  };
  useKeyTarget(
    {
      split(input, key) {
        const names = nameKeys(input, key);
        return names.map((name) => () => press(name, names.length === 1));
      },
      paste: () => ui.say("What is pasted here does nothing"),
    },
    isActive,
  );
}
