export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.]+(?:e[+-]?\d+)?|[+-]Inf|NaN)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/**
 * Reads the text format of Prometheus 0.0.4 as strictly as its description: each metric once, HELP and TYPE before its
 * samples, no label set twice. Throws at the first line that is wrong.
 */
export function parsePrometheusText(text: string): ParsedSample[] {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const samples: ParsedSample[] = [];
  const known = new Set<string>();
  const seen = new Set<string>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === "HELP") {
      if (!NAME.test(name) || known.has(name)) throw new Error(`a metric twice, or a bad name: ${line}`);
      known.add(name);
      current = name;
    } else if (keyword === "TYPE") {
      if (name !== current || !/^(gauge|counter|histogram|summary|untyped)$/.test(rest)) throw new Error(line);
    } else {
      const sample = parseSample(line);
      if (sample.name !== current) throw new Error(`a sample outside of its metric: ${line}`);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (seen.has(key)) throw new Error(`the same labels twice: ${line}`);
      seen.add(key);
      samples.push(sample);
    }
  }
  return samples;
}

function parseSample(line: string): ParsedSample {
  const [, name, inner = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  for (LABEL.lastIndex = 0; LABEL.lastIndex < inner.length; ) {
    const [, label, text = ""] = LABEL.exec(inner) ?? [];
    if (label === undefined) throw new Error(`bad labels: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, char) => (char === "n" ? "\n" : char));
  }
  return { name, labels, value: Number(value) };
}
