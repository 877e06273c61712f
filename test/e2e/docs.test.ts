import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { runBuilt } from "../support/built-command.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const ROOT = join(import.meta.dirname, "../..");
const DOCS = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
const PAGES = ["README.md", "bench/README.md", ...DOCS.filter((name) => name.endsWith(".md")).map((n) => `docs/${n}`)];

interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

/** The blocks of a page that are whole files: TypeScript that imports Lockstep, YAML with tasks. */
function listBlocks(): Block[] {
  return PAGES.flatMap((page) =>
    Array.from(readFileSync(join(ROOT, page), "utf8").matchAll(/^```(ts|yaml)\n([\s\S]*?)^```$/gm), (match) => ({
      page,
      language: match[1] as string,
      text: match[2] as string,
    })),
  ).filter(({ text }) => text.includes("lockstep") || /^tasks:/m.test(text));
}

test.each(PAGES)("each link of %s leads to something that is there", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");
  const targets = Array.from(text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g), (match) => match[1] as string);
  const broken = targets
    .filter((target) => !/^https?:/.test(target))
    .filter((target) => !existsSync(join(ROOT, dirname(page), target)));
  expect(broken).toEqual([]);
});

test("each page of the docs is reached from the README", () => {
  const text = readFileSync(join(ROOT, "README.md"), "utf8");
  const pages = PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page));
  expect(pages.length).toBeGreaterThan(3);
  expect(pages.filter((page) => !text.includes(`(${page})`))).toEqual([]);
});

test("each workflow in the README and the docs is one that Lockstep accepts", async () => {
  const folder = createTemporaryFolder();
  const blocks = listBlocks();
  expect(blocks.length).toBeGreaterThan(4);
  for (const [index, { page, language, text }] of blocks.entries()) {
    const ending = language === "ts" && !text.includes("export default") ? "export default wf;\n" : "";
    if (text.startsWith("# lockstep.config.yaml")) continue;
    await writeFile(join(folder, `block-${index}.${language}`), text + ending);
    const { code, out, error } = await runBuilt(folder, ["validate", `block-${index}.${language}`]);
    expect(code, `${page}\n${text}\n${out}${error}`).toBe(0);
  }
});

test("each config in the docs is one that Lockstep accepts", async () => {
  const configs = listBlocks().filter(({ text }) => text.startsWith("# lockstep.config.yaml"));
  expect(configs.length).toBeGreaterThan(0);
  for (const { page, text } of configs) {
    const folder = createTemporaryFolder();
    await writeFile(join(folder, "lockstep.config.yaml"), text);
    await writeFile(join(folder, "a.yaml"), "tasks: { a: { run: ': ok' } }\n");
    const { code, out, error } = await runBuilt(folder, ["validate", "a.yaml"]);
    expect(code, `${page}\n${out}${error}`).toBe(0);
  }
});

test("the workflows on the README's first screen run", async () => {
  const folder = createTemporaryFolder();
  const [sizes, sums] = listBlocks().filter(({ page }) => page === "README.md");
  await writeFile(join(folder, "sizes.ts"), sizes?.text ?? "");
  await writeFile(join(folder, "sums.yaml"), sums?.text ?? "");
  const typescript = await runBuilt(folder, ["run", "sizes.ts", "--json"]);
  expect(typescript, typescript.error).toMatchObject({ code: 0 });
  const total = (sizes?.text.length ?? 0) + (sums?.text.length ?? 0);
  expect(JSON.parse(typescript.out).result).toBe(total);
  const yaml = await runBuilt(folder, ["run", "sums.yaml", "--json"]);
  expect(yaml, yaml.error).toMatchObject({ code: 0 });
  expect(JSON.parse(yaml.out).result).toEqual([
    expect.stringMatching(/^[0-9a-f]{64} {2}\.\/sizes\.ts$/),
    expect.stringMatching(/^[0-9a-f]{64} {2}\.\/sums\.yaml$/),
  ]);
});

test("each example has its line and its command in the README", () => {
  const text = readFileSync(join(ROOT, "README.md"), "utf8");
  const examples = readdirSync(join(ROOT, "examples")).filter((name) => /\.(ts|yaml)$/.test(name));
  const parts = new Set(["check-urls-server.ts", "check-urls-batch.ts", "import-users-source.ts"]);
  for (const name of examples.filter((each) => !parts.has(each))) {
    const command = name === "demo.ts" ? "npm run demo" : `npx lockstep run examples/${name}`;
    expect(text).toContain(`[${name}](${relative(ROOT, join(ROOT, "examples", name))})`);
    expect(text).toContain(`\`${command}\``);
  }
});
