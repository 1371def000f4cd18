import { existsSync } from 'node:fs';
import { z } from 'zod';
import { InputError, mismatch } from '../errors.js';
import { writeAtomic } from '../files/atomic.js';
import { parseJson } from '../files/json-document.js';
import { readUserText } from '../files/user-file.js';
import { validate } from '../files/yaml.js';
import { definitionSchema } from './definition.js';
import { compactJson } from './json.js';
import type { Snapshot } from './snapshot.js';

/** First key of every baseline: what the file is, and how it is written. */
const FORMAT = 'heatproof baseline 1';

/** Characters a line of the definition. */
const WIDTH = 110;

const baselineSchema = z.strictObject({
  format: z.literal(FORMAT),
  name: z.string(),
  heatproof: z.string().exactOptional(),
  definition: definitionSchema,
  computed: z
    .strictObject({ engine: z.string(), processor: z.string(), platform: z.string() })
    .exactOptional(),
  rows: z
    .array(
      z.strictObject({
        network: z.string(),
        image: z.string(),
        class: z.string(),
        method: z.string(),
        values: z.record(z.string(), z.number()),
      }),
    )
    .min(1),
});

/**
 * Reads a baseline.
 * @throws InputError when the file is missing, broken, or something else
 */
export async function readBaseline(path: string): Promise<Snapshot> {
  if (!existsSync(path)) throw new InputError(`baseline (${path}): there is none; gate --update writes one`);
  const content = parseJson(readUserText(path, 'baseline'), 'baseline', path);
  const format = (content as { format?: unknown } | null)?.format;
  if (format !== FORMAT) {
    throw mismatch({
      what: 'baseline',
      where: path,
      expected: `"format": "${FORMAT}"`,
      got: JSON.stringify(format) ?? 'no format',
    });
  }
  const { format: _, ...snapshot } = validate(baselineSchema, content, path);
  return snapshot;
}

/**
 * Writes a baseline: one explanation a line, everything in a fixed order, so that a change reads well as a diff.
 * @throws InputError when there is nothing to compare with
 */
export async function writeBaseline(
  path: string,
  { name, heatproof, definition, computed, rows }: Snapshot,
): Promise<void> {
  if (rows.length === 0) throw new InputError(`run '${name}': expected explanations, got none`);
  const lines = rows.map(({ network, image, class: label, method, values }) =>
    JSON.stringify({ network, image, class: label, method, values }),
  );
  const where = computed ? [`  "computed": ${compactJson(computed, WIDTH, '  ')}`] : [];
  const content = [
    `  "format": ${JSON.stringify(FORMAT)}`,
    `  "name": ${JSON.stringify(name)}`,
    ...(heatproof === undefined ? [] : [`  "heatproof": ${JSON.stringify(heatproof)}`]),
    `  "definition": ${compactJson(definition, WIDTH, '  ')}`,
    ...where,
    `  "rows": [\n    ${lines.join(',\n    ')}\n  ]`,
  ];
  await writeAtomic(path, `{\n${content.join(',\n')}\n}\n`);
}
