import { basename } from 'node:path';
import { InputError } from '../errors.js';
import type { OptionsOf } from './command.js';
import { COMPLETION_SCRIPTS, SHELLS } from './completion-scripts.js';
import type { completionCommand } from './options/completion.js';
import { print } from './output.js';

export async function completion({ shell }: OptionsOf<typeof completionCommand>): Promise<void> {
  const own = basename(process.env.SHELL ?? '');
  const chosen = shell ?? SHELLS.find((one) => one === own);
  if (chosen === undefined)
    throw new InputError(`completion: expected one of ${SHELLS.join(', ')}, got none`);
  print(COMPLETION_SCRIPTS[chosen]);
}
