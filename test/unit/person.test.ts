import { readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { expect, test } from "vitest";
import { readBootId } from "../../src/platform/boot-id.ts";
import { readPerson } from "../../src/platform/person.ts";

/** Whether the machine itself says who logged in: then no variable counts. */
function isLoginKnown(): boolean {
  if (process.platform !== "linux") return false;
  return readFileSync("/proc/self/loginuid", "utf8").trim() !== "4294967295";
}

test("a person is who runs the process, on this host", () => {
  expect(readPerson({})).toMatchObject({ effectiveUser: userInfo().username, host: hostname() });
});

test("behind sudo it is who called it, and whose rights count is told beside it", () => {
  const person = readPerson({ SUDO_USER: "alice" });
  expect(person.effectiveUser).toBe(userInfo().username);
  if (isLoginKnown()) expect(person.user).not.toBe("");
  else expect(person.user).toBe("alice");
});

test("a boot has a name, and keeps it", () => {
  expect(readBootId()).not.toBe("");
  expect(readBootId()).toBe(readBootId());
});
