/**
 * Checks 500 URLs in batches of 5, at most 50 batches and so 50 requests at once, against a local server of its own.
 *
 *   npx lockstep run examples/check-urls.ts
 *   npx lockstep run examples/check-urls.ts --input urls=2000
 */
import { workflow } from "lockstep";
import { z } from "zod";
import { getServer } from "./check-urls-server.ts";

const wf = workflow("check-urls", {
  description: "Check URLs in batches, at most 50 at once",
  input: z.object({ urls: z.int().min(1).max(50_000).default(500) }),
});

const list = wf.task("list", ({ input }) => Array.from({ length: input.urls }, (_, page) => `/page/${page}`));

const checked = wf.map(
  "check",
  {
    over: list,
    batch: 5,
    maxConcurrent: 50,
    label: ({ item }) => `${item[0]} …`,
    retry: { attempts: 3, backoff: "200ms" },
    timeout: "30s",
  },
  async ({ item, signal }) => {
    const server = await getServer();
    const answers: { path: string; status: number; openRequests: number }[] = [];
    for (const path of item) {
      const { status, headers } = await fetch(server + path, { signal });
      answers.push({ path, status, openRequests: Number(headers.get("x-open-requests")) });
    }
    return answers;
  },
);

const report = wf.task("report", { needs: { checked } }, ({ needs }) => {
  const answers = needs.checked.flat();
  return {
    checked: answers.length,
    broken: answers.filter(({ status }) => status !== 200).map(({ path, status }) => ({ path, status })),
    mostAtOnce: Math.max(...answers.map(({ openRequests }) => openRequests)),
  };
});

wf.returns(report);
export default wf;
