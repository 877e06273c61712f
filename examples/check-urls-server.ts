/**
 * The local server that check-urls looks at. It is started by whichever process first asks for it, lives as long as that
 * process, and answers from the path alone: so it does not matter that tasks run in other processes than the command,
 * or that a resumed run has a new one.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const ANSWER_MS = 20;

let started: Promise<string> | undefined;

/** The address of this process's server, such as `http://127.0.0.1:40123`. */
export function getServer(): Promise<string> {
  started ??= startServer();
  return started;
}

/** What the server answers for `/page/N`. */
export function statusOfPage(page: number): number {
  if (page % 125 === 124) return 500;
  return page % 50 === 49 ? 404 : 200;
}

async function startServer(): Promise<string> {
  let open = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    const openNow = open;
    await pause(ANSWER_MS);
    open -= 1;
    const page = /^\/page\/(\d+)$/.exec(request.url ?? "")?.[1];
    // Closed after each answer: an idle connection would keep a process alive that has nothing left to do.
    const headers = { "x-open-requests": String(openNow), connection: "close" };
    response.writeHead(page === undefined ? 400 : statusOfPage(Number(page)), headers);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // The process ends when its work does, not when its server does.
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error(`expected a port, found ${address}`);
  return `http://127.0.0.1:${address.port}`;
}
