/** Columns that a terminal gives to sanitized text: two for wide characters, none for marks that combine. */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{M}/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it asks for what is not plain ASCII
const NOT_ASCII = /[^\x00-\x7f]/;

export function measureWidth(text: string): number {
  if (!NOT_ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** The text, cut to `width` columns; what was cut shows as `…`. */
export function cutToWidth(text: string, width: number): string {
  if (measureWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const character of text) {
    const own = measureWidth(character);
    if (used + own > width - 1) break;
    kept += character;
    used += own;
  }
  return width < 1 ? "" : `${kept}…`;
}

export function padToWidth(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - measureWidth(text)));
}

/** Lines of columns, two spaces apart; the last column is not padded. Cells are sanitized text. */
export function layOutTable(rows: readonly (readonly string[])[], rightAligned: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, measureWidth(cell));
  }
  return rows.map((row) => {
    const cells = row.map((cell, at) => {
      const width = widths[at] ?? 0;
      if (rightAligned.includes(at)) return " ".repeat(width - measureWidth(cell)) + cell;
      return at === row.length - 1 ? cell : padToWidth(cell, width);
    });
    return cells.join("  ").trimEnd();
  });
}
