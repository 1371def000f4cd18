import { expect, it } from 'vitest';
import { commandReference } from './command-reference.js';
import { configReference, configSchema } from './config-reference.js';
import { limitsReference } from './limits-reference.js';

// `npm run docs` writes these files anew.

it('docs/config.md says what the schema says', async () => {
  await expect(configReference()).toMatchFileSnapshot('../../docs/config.md');
});

it('configs/schema.json is the schema', async () => {
  await expect(configSchema()).toMatchFileSnapshot('../../configs/schema.json');
});

it('docs/limits.md says what the limits are', async () => {
  await expect(limitsReference()).toMatchFileSnapshot('../../docs/limits.md');
});

it('docs/commands.md says what the command line takes', async () => {
  await expect(await commandReference()).toMatchFileSnapshot('../../docs/commands.md');
});
