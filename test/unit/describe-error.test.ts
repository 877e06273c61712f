import { expect, test } from "vitest";
import { describeError } from "../../src/core/describe-error.ts";

const value = (message: string, more: object = {}) => ({ name: "Error", message, ...more });

test("an error is described by its message and by what its causes add", () => {
  expect(describeError(value("broken"))).toBe("broken");
  const refused = value("connect ECONNREFUSED 127.0.0.1:1", { code: "ECONNREFUSED" });
  expect(describeError(value("fetch failed", { cause: refused }))).toBe(
    "fetch failed: connect ECONNREFUSED 127.0.0.1:1",
  );
});

test("a cause that was already said is not said again, and one without a message has its code", () => {
  expect(describeError(value("read a.json: no such file", { cause: value("no such file") }))).toBe(
    "read a.json: no such file",
  );
  expect(describeError(value("fetch failed", { cause: value("", { code: "ECONNREFUSED" }) }))).toBe(
    "fetch failed: ECONNREFUSED",
  );
});

test("a message that ends in a full stop loses it before its cause", () => {
  const cause = { name: "SyntaxError", message: "Unexpected end of JSON input." };
  const error = { name: "Error", message: 'found "{".', cause };
  expect(describeError(error)).toBe('found "{": Unexpected end of JSON input.');
});
