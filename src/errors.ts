const LONGEST_LINE = 2000;

/**
 * Bad input from the user: shown as one line and answered with exit code 2.
 * Anything else that is thrown is a defect of heatproof and keeps its stack.
 * Names out of damaged files may hold anything: control characters become spaces, and a long line is cut.
 */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(message: string) {
    super(oneLine(message, /\s*\p{Cc}+\s*/gu));
  }
}

/** The four things a user needs to mend an input: what is wrong, where, what was expected and what was found. */
export interface Mismatch {
  what: string;
  where: string;
  expected: string;
  got: string;
}

/** An {@link InputError} of the form "what (where): expected ..., got ...". */
export function mismatch({ what, where, expected, got }: Mismatch): InputError {
  return new InputError(`${what} (${where}): expected ${expected}, got ${got}`);
}

/** The message of whatever was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  return oneLine(thrown instanceof Error ? thrown.message : String(thrown), /\s*\n\s*/g);
}

/** A text without its breaks. It is cut first, for such patterns take long over many blanks. */
function oneLine(text: string, breaks: RegExp): string {
  const line = text.slice(0, 2 * LONGEST_LINE).replace(breaks, ' ');
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}...` : line;
}

/** Why something failed, for a line that names the file itself: what the operating system says without its code and path. */
export function reasonOf(thrown: unknown): string {
  const message = messageOf(thrown);
  return isSystemError(thrown)
    ? message.replace(/^[A-Z\d]+: /, '').replace(/, [a-z]+( '.*')?$/, '')
    : message;
}

/** Whether the operating system refused something (full disk, no permission): no defect of heatproof, and one line says it. */
export function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'syscall' in thrown && 'code' in thrown;
}
