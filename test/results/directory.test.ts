import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { version } from '../../src/version.js';
import { directoryOf, experimentOf, unitOf } from './hand-made.js';

const WITHOUT = /^config value \(.*selection\.json, key passedOver\): expected array, got nothing; /.source;

it.each([
  ['0.0.9', `heatproof 0\\.0\\.9 wrote it, and this is ${version}: read it with that one, or run the`],
  [version, `where heatproof ${version} of an earlier day wrote it, run the experiment again`],
])('a selection of before a field was there: heatproof %s wrote it', async (by, rest) => {
  const directory = directoryOf(experimentOf(), [unitOf('1')], { passedOver: undefined } as object);
  const record = JSON.parse(readFileSync(directory.record, 'utf8'));
  writeFileSync(directory.record, JSON.stringify({ ...record, heatproof: by }));
  await expect(directory.readSelection()).rejects.toThrow(new RegExp(WITHOUT + rest));
});
