import { expect, it } from 'vitest';
import yargs from 'yargs';
import { runCommand } from '../../src/cli/options/run.js';
import { resumeCommand } from '../../src/cli/resume-command.js';

async function again(...args: string[]): Promise<string> {
  const options = await (await runCommand.builder(yargs(args))).parseAsync();
  return resumeCommand({ ...options, config: 'my.yaml' });
}

it('a run goes on with every option that it was given, except what began it anew, and without a password', async () => {
  const queue = ['--queue', 'redis://:secret@host:7/2', '--lease', '5', '--mixed-machines'];
  expect(await again(...queue, '--overwrite')).toBe(
    'heatproof run my.yaml --queue redis://host:7/2 --mixed-machines --lease 5 --resume',
  );
  const others = ['--out=a b', '--set', 'x=1', '--set=y=[1, 2]', '--engine', 'wasm', '--limit', '3'];
  expect(await again(...others, '--workers', '7', '--shard', '1/2', '--quiet', '--json')).toBe(
    "heatproof run my.yaml --out 'a b' --set 'x=1' --set 'y=[1, 2]' --workers 7 --engine wasm --limit 3 --shard 1/2 --quiet --json --resume",
  );
});
