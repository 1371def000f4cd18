import { visible } from '../visible.js';

/** Prints results. Names in them come from files: nothing of them controls the terminal. */
export function print(text: string): void {
  process.stdout.write(shown(text));
}

/** Tells the user something that is no result. */
export function say(text: string): void {
  process.stderr.write(shown(text));
}

function shown(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
