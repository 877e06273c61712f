import { LockstepError } from "../core/errors.ts";
import type { SecretMasker } from "../core/secret-masker.ts";

/** As browsers have it. */
const REDIRECTS_MAX = 20;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Names of headers that identify who asks. */
const CREDENTIAL = /auth|cookie|token|secret|api-?key|credential|password|session/i;
const OF_A_BODY = ["content-encoding", "content-language", "content-location", "content-type", "content-length"];

export interface Request {
  readonly taskId: string;
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** Of the workflow's secrets. */
  readonly masker: SecretMasker | undefined;
}

/**
 * Sends a request and follows where the server points, by the rules of fetch. What identifies the sender stays with the
 * server that it was meant for: another one gets no header that is named as a credential or holds a secret, and a body
 * that holds a secret is not sent on.
 */
export async function fetchFollowing(request: Request): Promise<Response> {
  checkUrl(request.taskId, request.url);
  let current = request;
  for (let count = 0; count <= REDIRECTS_MAX; count += 1) {
    const { url, method, headers, body, signal } = current;
    const response = await fetch(url, {
      method,
      headers,
      signal,
      redirect: "manual",
      ...(body !== undefined && { body }),
    });
    const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
    if (location === null) return response;
    await response.body?.cancel();
    current = redirect(current, response.status, location);
  }
  throw createRefusal(request.taskId, `was sent on more than ${REDIRECTS_MAX} times. Check the URL.`);
}

/** @throws {LockstepError} `invalid_request`, without the URL: a password is in it */
function checkUrl(taskId: string, text: string): void {
  const url = URL.parse(text);
  if (url === null) return; // fetch says what is wrong with it
  if (!isOfTheWeb(url)) throw createRefusal(taskId, "asks an address that is not one of http or https. Check the URL.");
  if (url.username !== "" || url.password !== "") {
    throw createRefusal(
      taskId,
      "has a user or a password in its URL, where servers and proxies log it. Put it into a header: authorization.",
    );
  }
}

function isOfTheWeb({ protocol }: URL): boolean {
  return protocol === "http:" || protocol === "https:";
}

function redirect(from: Request, status: number, location: string): Request {
  const target = URL.parse(location, from.url);
  if (target === null || !isOfTheWeb(target)) {
    throw createRefusal(from.taskId, "was sent on to an address that is not one of http or https. Check the URL.");
  }
  checkUrl(from.taskId, target.href);
  const becomesGet = status === 303 ? from.method !== "HEAD" : status < 303 && from.method === "POST";
  const headers = new Headers(from.headers);
  if (becomesGet) for (const name of OF_A_BODY) headers.delete(name);
  const next = { ...from, url: target.href, headers, ...(becomesGet && { method: "GET", body: undefined }) };
  return target.origin === new URL(from.url).origin ? next : withoutCredentials(next, target.origin);
}

function withoutCredentials(request: Request, origin: string): Request {
  const { masker, body, headers, taskId } = request;
  for (const [name, value] of [...headers]) {
    if (CREDENTIAL.test(name) || masker?.findIn(value) !== undefined) headers.delete(name);
  }
  const name = body === undefined ? undefined : masker?.findIn(body);
  if (name === undefined) return request;
  throw createRefusal(
    taskId,
    `was sent on to ${origin} with a body that holds the secret ${name}: it goes to no other server. Check the URL.`,
  );
}

function createRefusal(taskId: string, message: string): LockstepError {
  return new LockstepError("invalid_request", `Task "${taskId}" ${message}`);
}
