import { useState } from "react";
import { useUi } from "../ui-context.ts";

/** State that outlives its screen: who comes back finds what they left. Names are of the whole UI. */
export function useKept<Value>(name: string, initial: Value): [Value, (value: Value) => void] {
  const { memory } = useUi();
  const [value, setValue] = useState<Value>(() => (memory.has(name) ? (memory.get(name) as Value) : initial));
  return [
    value,
    (next) => {
      memory.set(name, next);
      setValue(next);
    },
  ];
}
