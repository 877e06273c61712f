import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLocalZone } from "../../src/platform/local-zone.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** A machine whose clock link and zone file say these; null: it has none. */
function createMachine(link: string | null, name: string | null): { link: string; name: string } {
  const folder = createTemporaryFolder();
  const files = { link: join(folder, "localtime"), name: join(folder, "timezone") };
  if (link !== null) {
    mkdirSync(join(folder, "zoneinfo", link, ".."), { recursive: true });
    writeFileSync(join(folder, "zoneinfo", link), "");
    symlinkSync(join(folder, "zoneinfo", link), files.link);
  }
  if (name !== null) writeFileSync(files.name, `${name}\n`);
  return files;
}

test("the variable goes before the link, the link before the file, and what is no zone is passed over", () => {
  const machine = createMachine("Europe/Paris", "Asia/Tokyo");
  expect(readLocalZone({ TZ: ":America/New_York" }, machine)).toBe("America/New_York");
  expect(readLocalZone({ TZ: "No/Where" }, machine)).toBe("Europe/Paris");
  expect(readLocalZone({}, machine)).toBe("Europe/Paris");
  expect(readLocalZone({}, createMachine("posix/Europe/Paris", null))).toBe("Europe/Paris");
  expect(readLocalZone({}, createMachine(null, "Asia/Tokyo"))).toBe("Asia/Tokyo");
  expect(readLocalZone({}, createMachine("No/Where", "Asia/Tokyo"))).toBe("Asia/Tokyo");
});

test("a machine that says nothing has the zone of Node", () => {
  expect(readLocalZone({}, createMachine(null, null))).toBe(new Intl.DateTimeFormat().resolvedOptions().timeZone);
});
