import { sanitizeLine } from "./sanitize-text.ts";

/** One name with its values, as the text format of Prometheus groups them. */
export interface Metric {
  /** Without the prefix `lockstep_`. */
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The text format of Prometheus, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). Names of others in
 * labels are sanitized as for a terminal, too. A metric without samples is left out.
 */
export function renderMetrics(metrics: readonly Metric[]): string {
  const lines = metrics
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, type, help, samples }) => [
      `# HELP lockstep_${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE lockstep_${name} ${type}`,
      ...samples.map(({ labels, value }) => `lockstep_${name}${renderLabels(labels)} ${value}`),
    ]);
  return `${lines.join("\n")}\n`;
}

function renderLabels(labels: Readonly<Record<string, string>> = {}): string {
  const parts = Object.entries(labels).map(([name, text]) => `${name}="${escapeLabel(text)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escapeLabel(text: string): string {
  return sanitizeLine(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
