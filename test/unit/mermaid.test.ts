import { expect, test } from "vitest";
import { buildGraph } from "../../src/core/graph.ts";
import { renderMermaid } from "../../src/core/mermaid.ts";

test("layers are subgraphs and needs are arrows", () => {
  const graph = buildGraph([
    { id: "read_a", needs: [] },
    { id: "end", needs: [0, 2] },
    { id: "read_b", needs: [] },
  ]);
  expect(renderMermaid(graph, ["read_a", "end", "read_b"])).toBe(`flowchart LR
  subgraph L0["Layer 0"]
    t0["read_a"]
    t2["read_b"]
  end
  subgraph L1["Layer 1"]
    t1["end"]
  end
  t0 --> t1
  t2 --> t1
`);
});

test("a name cannot end its label, and cannot bring markup", () => {
  const graph = buildGraph([{ id: "x", needs: [] }]);
  expect(renderMermaid(graph, ['"]; click t0 "javascript:x" <b>\n#é'])).toContain(
    't0["#34;#93;#59; click t0 #34;javascript:x#34; #60;b#62;#10;#35;é"]',
  );
});
