CREATE TABLE `notice` (
	`id` integer PRIMARY KEY NOT NULL,
	`channel` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`body` text NOT NULL,
	`status` text DEFAULT 'pending' NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`due_at` integer,
	`error` text,
	`created_at` integer NOT NULL,
	`delivered_at` integer,
	CONSTRAINT "notice_kind" CHECK("notice"."kind" = 'failed' OR "notice"."kind" = 'succeeded' OR "notice"."kind" = 'checkpoint' OR "notice"."kind" = 'late' OR "notice"."kind" = 'test'),
	CONSTRAINT "notice_status" CHECK("notice"."status" = 'pending' OR "notice"."status" = 'delivered' OR "notice"."status" = 'failed'),
	CONSTRAINT "notice_due" CHECK(("notice"."due_at" IS NOT NULL) = ("notice"."status" = 'pending'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `notice_of` ON `notice` (`channel`,`kind`,`subject`);--> statement-breakpoint
CREATE INDEX `notice_pending` ON `notice` (`due_at`) WHERE status = 'pending';--> statement-breakpoint
CREATE TABLE `reader` (
	`name` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `hold` (
	`task_id` integer NOT NULL,
	`resource` text NOT NULL,
	`amount` integer NOT NULL,
	`engine_id` integer NOT NULL,
	PRIMARY KEY(`task_id`, `resource`),
	FOREIGN KEY (`task_id`) REFERENCES `task`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`resource`) REFERENCES `resource`(`name`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`engine_id`) REFERENCES `engine`(`id`) ON UPDATE no action ON DELETE no action
);
