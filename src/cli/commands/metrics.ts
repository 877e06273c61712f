import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { type Metric, renderMetrics } from "../../core/metric.ts";
import { measureFreePages } from "../../store/free-pages.ts";
import { readMetrics } from "../../views/read-metrics.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { readDatabaseSize } from "../database-size.ts";
import { writeJson } from "../json-output.ts";
import { type Database, readDatabase } from "../open-database.ts";
import { readVersion } from "../version.ts";

export const metricsCommand: CommandModule = {
  examples: ["lockstep metrics", "lockstep metrics > /var/lib/node_exporter/lockstep.prom.new"],
  configure(command: Command, context, finish) {
    command.action((options: CommonOptions) => finish(executeMetrics(context, options)));
  },
};

async function executeMetrics(context: CommandContext, options: CommonOptions): Promise<number> {
  return await readDatabase(context, options, (database) => {
    const rest = database === undefined ? [] : readAll(context, database);
    const metrics = [...describeItself(database !== undefined), ...rest];
    if (options.json) writeJson(context, metrics);
    else context.output.writeOut(renderMetrics(metrics));
    return EXIT.succeeded;
  });
}

function describeItself(isUp: boolean): Metric[] {
  const version = { labels: { version: readVersion() }, value: 1 };
  return [
    single("up", "1 where the database is there and can be read.", Number(isUp)),
    { name: "build_info", type: "gauge", help: "The version of lockstep that read this.", samples: [version] },
  ];
}

function readAll({ clock }: CommandContext, { store, path, isEngineAlive }: Database): Metric[] {
  const { bytes, walBytes, freeBytes } = readDatabaseSize(path);
  return [
    ...readMetrics(store, isEngineAlive, clock.now()),
    single("database_bytes", "Size of the database file.", bytes),
    single("database_unused_bytes", "Of it, what new rows use first.", measureFreePages(store)),
    single("database_wal_bytes", "Size of its write-ahead log.", walBytes),
    single("disk_free_bytes", "What is left on its disk.", freeBytes),
  ];
}

function single(name: string, help: string, value: number): Metric {
  return { name, type: "gauge", help, samples: [{ value }] };
}
