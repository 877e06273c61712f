/** What starts the daemon with the machine, and again after a crash: a unit of systemd, or a property list of launchd. */

export interface ServiceFacts {
  /** Absolute paths: a service has neither a folder of its own nor the PATH of a shell. */
  readonly node: string;
  readonly cli: string;
  readonly folder: string;
  readonly database: string;
  /** Where the config and the relative paths in it are looked for. */
  readonly cwd: string;
  /** Longest grace of a task that is told to end, and some time to record it. */
  readonly stopSeconds: number;
}

export const SERVICE_MANAGERS = ["systemd", "launchd"] as const;
export type ServiceManager = (typeof SERVICE_MANAGERS)[number];

export function renderService(manager: ServiceManager, facts: ServiceFacts): string {
  return manager === "systemd" ? renderSystemd(facts) : renderLaunchd(facts);
}

/** All of the group get SIGTERM; the daemon's workers leave it to the daemon what ends, and its commands end. */
function renderSystemd(facts: ServiceFacts): string {
  const { node, cli, folder, database, cwd, stopSeconds } = facts;
  const command = [node, cli, "daemon", "--workflows", folder, "--db", database].map(quoteForSystemd).join(" ");
  return `[Unit]
Description=Lockstep: workflows and their schedules
After=local-fs.target time-sync.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${command}
WorkingDirectory=${escapePercent(cwd)}
StateDirectory=lockstep
StateDirectoryMode=0700
Restart=on-failure
RestartSec=5
# Wrong use does not mend itself. A full disk may: it is tried again for as long as it takes (StartLimitIntervalSec=0).
RestartPreventExitStatus=2
KillMode=control-group
KillSignal=SIGTERM
TimeoutStopSec=${stopSeconds}
NoNewPrivileges=true

[Install]
WantedBy=default.target
`;
}

function quoteForSystemd(word: string): string {
  const escaped = escapePercent(word).replaceAll("$", "$$$$");
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replace(/[\\"]/g, "\\$&")}"`;
}

function escapePercent(text: string): string {
  return text.replaceAll("%", "%%");
}

function renderLaunchd({ node, cli, folder, database, cwd, stopSeconds }: ServiceFacts): string {
  const words = [node, cli, "daemon", "--workflows", folder, "--db", database];
  const list = words.map((word) => `    <string>${escapeXml(word)}</string>`).join("\n");
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>lockstep</string>
  <key>ProgramArguments</key>
  <array>
${list}
  </array>
  <key>WorkingDirectory</key>
  <string>${escapeXml(cwd)}</string>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>${stopSeconds}</integer>
  <key>AbandonProcessGroup</key>
  <false/>
  <key>StandardErrorPath</key>
  <string>${escapeXml(`${database.replace(/[^/]*$/, "")}daemon.log`)}</string>
</dict>
</plist>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
