import { type Graph, listLayer, listNeeds } from "./graph.ts";

/**
 * A Mermaid flowchart of a workflow: one subgraph per layer, an arrow from each need to the task. Nodes are called `t0`, `t1` …, since
 * a task's name may be a word of Mermaid's (`end`); the name is the label.
 */
export function renderMermaid(graph: Graph, names: readonly string[]): string {
  const lines = ["flowchart LR"];
  for (let layer = 0; layer < graph.layerCount; layer++) {
    lines.push(`  subgraph L${layer}["Layer ${layer}"]`);
    for (const task of listLayer(graph, layer)) lines.push(`    t${task}["${escapeLabel(names[task] ?? "")}"]`);
    lines.push("  end");
  }
  for (const task of graph.order) {
    for (const need of listNeeds(graph, task)) lines.push(`  t${need} --> t${task}`);
  }
  return `${lines.join("\n")}\n`;
}

/** All but letters, digits and a few harmless signs as Mermaid's character codes (`#34;`), so that no name can end its label. */
function escapeLabel(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N} _./:-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}
