import { visible } from '../visible.js';

/** Prints results. Names in them come from files: nothing of them controls the terminal. */
export function print(text: string): void {
  process.stdout.write(shown(text));
}

/** Prints what has colours of its own, and nothing of a user's but what was made visible before. */
export function printColoured(text: string): void {
  process.stdout.write(text);
}

/** Tells the user something that is no result. */
export function say(text: string): void {
  process.stderr.write(shown(text));
}

function shown(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
