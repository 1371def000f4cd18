/** Exit codes of the command line (contract). */
export const EXIT = {
  done: 0,
  gateFailed: 1,
  badInput: 2,
  incomplete: 3,
  defect: 70,
  interrupted: 130,
} as const;

/** Ends a command with an exit code other than 0 after it has said why itself. */
export class Exit extends Error {
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}
