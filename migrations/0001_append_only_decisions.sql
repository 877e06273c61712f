CREATE TRIGGER `decision_is_never_changed` BEFORE UPDATE ON `decision` BEGIN SELECT RAISE(ABORT, 'a decision stands once made'); END;
--> statement-breakpoint
CREATE TRIGGER `decision_is_never_deleted` BEFORE DELETE ON `decision` WHEN EXISTS (SELECT 1 FROM `checkpoint` WHERE `id` = OLD.`checkpoint_id`) BEGIN SELECT RAISE(ABORT, 'a decision stands once made'); END;
