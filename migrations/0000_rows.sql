CREATE TABLE `checkpoint` (
	`id` integer PRIMARY KEY NOT NULL,
	`run_id` integer,
	`number` integer NOT NULL,
	`kind` text NOT NULL,
	`key` text,
	`layer` integer,
	`task_id` integer,
	`round` integer DEFAULT 1 NOT NULL,
	`status` text DEFAULT 'open' NOT NULL,
	`hash` text NOT NULL,
	`message` text NOT NULL,
	`risk` text NOT NULL,
	`shown_id` integer,
	`on_timeout` text NOT NULL,
	`expires_at` integer,
	`created_at` integer NOT NULL,
	`decided_at` integer,
	`applied_at` integer,
	FOREIGN KEY (`run_id`) REFERENCES `run`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`shown_id`) REFERENCES `value`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "checkpoint_status" CHECK("checkpoint"."status" = 'open' OR "checkpoint"."status" = 'approved' OR "checkpoint"."status" = 'rejected' OR "checkpoint"."status" = 'sent_back' OR "checkpoint"."status" = 'applied' OR "checkpoint"."status" = 'superseded' OR "checkpoint"."status" = 'void'),
	CONSTRAINT "checkpoint_kind" CHECK("checkpoint"."kind" = 'layer' OR "checkpoint"."kind" = 'task' OR "checkpoint"."kind" = 'ask'),
	CONSTRAINT "checkpoint_of_run" CHECK("checkpoint"."kind" = 'ask' OR "checkpoint"."run_id" IS NOT NULL)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `checkpoint_number` ON `checkpoint` (`run_id`,`number`);--> statement-breakpoint
CREATE UNIQUE INDEX `checkpoint_key` ON `checkpoint` (`key`) WHERE key IS NOT NULL;--> statement-breakpoint
CREATE INDEX `checkpoint_open` ON `checkpoint` (`id`) WHERE status = 'open';--> statement-breakpoint
CREATE INDEX `checkpoint_expires` ON `checkpoint` (`expires_at`) WHERE status = 'open' AND expires_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `decision` (
	`id` integer PRIMARY KEY NOT NULL,
	`checkpoint_id` integer NOT NULL,
	`choice` text NOT NULL,
	`patch_id` integer,
	`sameness` text NOT NULL,
	`reason` text,
	`comment` text,
	`seen_hash` text NOT NULL,
	`actor_kind` text NOT NULL,
	`actor` text NOT NULL,
	`effective_user` text,
	`host` text,
	`tty` text,
	`via` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`checkpoint_id`) REFERENCES `checkpoint`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`patch_id`) REFERENCES `value`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "decision_choice" CHECK("decision"."choice" = 'approve' OR "decision"."choice" = 'reject' OR "decision"."choice" = 'edit' OR "decision"."choice" = 'redo'),
	CONSTRAINT "decision_actor" CHECK("decision"."actor_kind" = 'person' OR "decision"."actor_kind" = 'agent' OR "decision"."actor_kind" = 'timeout')
);
--> statement-breakpoint
CREATE UNIQUE INDEX `decision_of` ON `decision` (`checkpoint_id`);--> statement-breakpoint
CREATE TABLE `resource` (
	`name` text PRIMARY KEY NOT NULL,
	`capacity` integer,
	`rate_count` integer,
	`rate_window_ms` integer,
	`burst` integer,
	`tat` integer,
	`file` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `schedule` (
	`id` integer PRIMARY KEY NOT NULL,
	`workflow` text NOT NULL,
	`name` text NOT NULL,
	`cron` text NOT NULL,
	`timezone` text NOT NULL,
	`policy` text NOT NULL,
	`cursor_at` integer NOT NULL,
	`next_at` integer,
	`paused_until` integer,
	`removed_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `schedule_name` ON `schedule` (`workflow`,`name`);--> statement-breakpoint
CREATE INDEX `schedule_next` ON `schedule` (`next_at`) WHERE removed_at IS NULL;--> statement-breakpoint
CREATE TABLE `slot` (
	`id` integer PRIMARY KEY NOT NULL,
	`schedule_id` integer NOT NULL,
	`due_at` integer NOT NULL,
	`until_at` integer,
	`count` integer DEFAULT 1 NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`fire_at` integer,
	`run_id` integer,
	FOREIGN KEY (`schedule_id`) REFERENCES `schedule`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`run_id`) REFERENCES `run`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "slot_status" CHECK("slot"."status" = 'pending' OR "slot"."status" = 'fired' OR "slot"."status" = 'late' OR "slot"."status" = 'caught_up' OR "slot"."status" = 'skipped' OR "slot"."status" = 'merged' OR "slot"."status" = 'missed' OR "slot"."status" = 'void')
);
--> statement-breakpoint
CREATE UNIQUE INDEX `slot_due` ON `slot` (`schedule_id`,`due_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `slot_run` ON `slot` (`run_id`) WHERE run_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `slot_pending` ON `slot` (`fire_at`) WHERE status = 'pending';--> statement-breakpoint
CREATE TABLE `workflow` (
	`name` text PRIMARY KEY NOT NULL,
	`file` text NOT NULL,
	`export` text,
	`definition_id` integer,
	`code_hash` text,
	`error` text,
	`loaded_at` integer NOT NULL,
	FOREIGN KEY (`definition_id`) REFERENCES `definition`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `attempt` (
	`id` integer PRIMARY KEY NOT NULL,
	`task_id` integer NOT NULL,
	`generation` integer NOT NULL,
	`number` integer NOT NULL,
	`status` text NOT NULL,
	`error` text,
	`exit_code` integer,
	`signal` text,
	`log_bytes` integer,
	`log_cut` integer,
	`started_at` integer,
	`finished_at` integer,
	FOREIGN KEY (`task_id`) REFERENCES `task`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "attempt_status" CHECK("attempt"."status" = 'running' OR "attempt"."status" = 'succeeded' OR "attempt"."status" = 'failed' OR "attempt"."status" = 'timed_out' OR "attempt"."status" = 'crashed' OR "attempt"."status" = 'canceled' OR "attempt"."status" = 'interrupted' OR "attempt"."status" = 'unresponsive')
);
--> statement-breakpoint
CREATE UNIQUE INDEX `attempt_number` ON `attempt` (`task_id`,`generation`,`number`);--> statement-breakpoint
CREATE TABLE `definition` (
	`id` integer PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`workflow` text NOT NULL,
	`spec` text NOT NULL,
	`task_count` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `definition_hash` ON `definition` (`hash`);--> statement-breakpoint
CREATE TABLE `definition_task` (
	`definition_id` integer NOT NULL,
	`idx` integer NOT NULL,
	`name` text NOT NULL,
	`layer` integer NOT NULL,
	PRIMARY KEY(`definition_id`, `idx`),
	FOREIGN KEY (`definition_id`) REFERENCES `definition`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `engine` (
	`id` integer PRIMARY KEY NOT NULL,
	`lock_file` text NOT NULL,
	`kind` text NOT NULL,
	`pid` integer NOT NULL,
	`boot_id` text NOT NULL,
	`host` text NOT NULL,
	`version` text NOT NULL,
	`status` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	`stop_requested_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `engine_lock` ON `engine` (`lock_file`);--> statement-breakpoint
CREATE INDEX `engine_open` ON `engine` (`id`) WHERE status = 'live' OR status = 'draining';--> statement-breakpoint
CREATE TABLE `event` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`run_id` integer,
	`data` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `run` (
	`id` integer PRIMARY KEY NOT NULL,
	`uid` text NOT NULL,
	`definition_id` integer NOT NULL,
	`workflow` text NOT NULL,
	`parent_task_id` integer,
	`slot_id` integer,
	`status` text NOT NULL,
	`intent` text DEFAULT 'none' NOT NULL,
	`reason` text,
	`mode` text NOT NULL,
	`engine_id` integer,
	`key` text,
	`input` text,
	`input_id` integer,
	`labels` text,
	`max_concurrent` integer,
	`strategy` text DEFAULT 'layers' NOT NULL,
	`review` integer DEFAULT false NOT NULL,
	`cwd` text NOT NULL,
	`file` text,
	`export` text,
	`code_hash` text,
	`scheduled_at` text NOT NULL,
	`row_count` integer NOT NULL,
	`layer` integer DEFAULT 0 NOT NULL,
	`deadline_at` integer,
	`parked_at` integer,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	FOREIGN KEY (`definition_id`) REFERENCES `definition`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`engine_id`) REFERENCES `engine`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`input_id`) REFERENCES `value`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "run_status" CHECK("run"."status" = 'queued' OR "run"."status" = 'running' OR "run"."status" = 'waiting' OR "run"."status" = 'paused' OR "run"."status" = 'succeeded' OR "run"."status" = 'failed' OR "run"."status" = 'canceled'),
	CONSTRAINT "run_intent" CHECK("run"."intent" = 'none' OR "run"."intent" = 'pause' OR "run"."intent" = 'stop' OR "run"."intent" = 'cancel'),
	CONSTRAINT "run_mode" CHECK("run"."mode" = 'foreground' OR "run"."mode" = 'detached'),
	CONSTRAINT "run_owned" CHECK(("run"."engine_id" IS NOT NULL) = ("run"."status" = 'running')),
	CONSTRAINT "run_finished" CHECK(("run"."finished_at" IS NOT NULL) = ("run"."status" = 'succeeded' OR "run"."status" = 'failed' OR "run"."status" = 'canceled'))
);
--> statement-breakpoint
CREATE INDEX `run_queue` ON `run` (`id`) WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX `run_open` ON `run` (`status`,`id`) WHERE status = 'waiting' OR status = 'paused';--> statement-breakpoint
CREATE INDEX `run_intents` ON `run` (`id`) WHERE intent <> 'none' AND finished_at IS NULL;--> statement-breakpoint
CREATE INDEX `run_parent` ON `run` (`parent_task_id`) WHERE parent_task_id IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `run_key` ON `run` (`workflow`,`key`) WHERE key IS NOT NULL;--> statement-breakpoint
CREATE TABLE `task` (
	`id` integer PRIMARY KEY NOT NULL,
	`run_id` integer NOT NULL,
	`idx` integer NOT NULL,
	`parent_id` integer,
	`item` integer,
	`layer` integer NOT NULL,
	`status` text DEFAULT 'pending' NOT NULL,
	`reason` text,
	`step` text DEFAULT 'body' NOT NULL,
	`generation` integer DEFAULT 0 NOT NULL,
	`attempt` integer DEFAULT 0 NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`interruptions` integer DEFAULT 0 NOT NULL,
	`wake_at` integer,
	`output` text,
	`output_id` integer,
	`revision` integer DEFAULT 0 NOT NULL,
	`list_id` integer,
	`items_base` integer,
	`items_count` integer,
	`given_id` integer,
	`started_at` integer,
	`finished_at` integer,
	FOREIGN KEY (`run_id`) REFERENCES `run`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`output_id`) REFERENCES `value`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`list_id`) REFERENCES `value`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`given_id`) REFERENCES `value`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "task_status" CHECK("task"."status" = 'pending' OR "task"."status" = 'ready' OR "task"."status" = 'running' OR "task"."status" = 'retrying' OR "task"."status" = 'waiting' OR "task"."status" = 'succeeded' OR "task"."status" = 'failed' OR "task"."status" = 'skipped' OR "task"."status" = 'canceled'),
	CONSTRAINT "task_timer" CHECK(("task"."wake_at" IS NOT NULL) = ("task"."status" = 'retrying'))
);
--> statement-breakpoint
CREATE TABLE `value` (
	`id` integer PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL,
	`json` text NOT NULL
);
