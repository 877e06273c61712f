/** The answer. Only `approved` approves: a rejection, a timeout and a run that ended all deny. */
export interface Verdict {
  /** `ask-7`, `412.2`. */
  readonly id: string;
  readonly approved: boolean;
  readonly decision: "approve" | "reject" | "timeout" | "void";
  /** What was filled in of the form. */
  readonly answers: unknown;
  readonly reason: string | null;
  readonly comment: string | null;
  readonly by: string | null;
}
