import { parseAddress } from '../queue/address.js';
import { optionsKnownTo } from './known-options.js';
import { runCommand } from './options/run.js';
import { shellQuote } from './shell.js';

/** What a run is not told again when it goes on; its config is no option. */
const NOT_AGAIN = new Set(['config', 'check', 'overwrite', 'resume']);

/** An option whose value is not said again as it was given. */
const SAID: Readonly<Record<string, (given: string) => string>> = {
  queue: (given) => parseAddress(given).shown, // without its password
};

/** The command line that goes on with a run: every option that is not as it is by itself, and `--resume`. */
export async function resumeCommand(
  options: Readonly<Record<string, unknown>> & { readonly config: string },
): Promise<string> {
  const { key, default: defaults } = await optionsKnownTo(runCommand);
  const again = Object.keys(key)
    .filter((name) => !NOT_AGAIN.has(name) && options[name] !== defaults[name])
    .flatMap((name) => [options[name]].flat().map((value) => worded(name, value)));
  return ['heatproof run', shellQuote(options.config), ...again, '--resume'].join(' ');
}

function worded(name: string, value: unknown): string {
  if (value === true) return `--${name}`;
  const text = String(value);
  return `--${name} ${shellQuote(SAID[name]?.(text) ?? text)}`;
}
