import { z } from 'zod';
import { FAMILIES } from '../evaluation/families/table.js';
import type { UnitResult } from '../evaluation/unit.js';
import { experimentSchema, networkSchema } from '../experiment/config.js';
import type { RunRecord } from '../experiment/definition.js';
import { compositesSchema } from '../explain/composites.js';
import { settingsSchema } from '../explain/methods/settings.js';
import { validate } from '../files/yaml.js';
import type { Selection } from './selection.js';

/*
 * What run.json, selection.json and journals must hold, as far as results are made of it. They were written by heatproof,
 * but whoever hands in a results directory may have changed them: they are input like any other. What a schema does not
 * name is kept as it is.
 */

const { model: _, ...experimentShape } = experimentSchema.shape;

const conservationSchema = z.looseObject({
  start: z.number(),
  end: z.number(),
  blownUp: z.boolean(),
  layers: z.array(
    z.looseObject({
      name: z.string(),
      op: z.string(),
      rule: z.string(),
      received: z.number(),
      passed: z.number(),
      bias: z.number(),
      absorbed: z.number(),
      magnitude: z.number(),
    }),
  ),
});

const recordSchema = z.looseObject({
  heatproof: z.string(),
  experiment: z.looseObject({
    ...experimentShape,
    methods: z.array(z.string()),
    composites: z.record(z.string(), z.union([compositesSchema.valueType, settingsSchema])).optional(),
    networks: z.array(networkSchema.extend({ name: z.string() }).loose()).min(1),
  }),
  definition: z.record(z.string(), z.unknown()),
  shard: z.looseObject({ index: z.int().min(1), count: z.int().min(1) }).optional(),
  signals: z
    .looseObject({
      names: z.array(z.string()).optional(),
      positions: z.array(z.tuple([z.number(), z.number(), z.number()])).optional(),
      sampleRate: z.number().positive().optional(),
    })
    .optional(),
  conservation: z
    .array(
      conservationSchema.extend({
        network: z.string(),
        image: z.string(),
        class: z.string(),
        method: z.string(),
      }),
    )
    .optional(),
  machine: z.record(z.string(), z.union([z.string(), z.number()])),
});

const selectionSchema = z.looseObject({
  images: z.array(z.string()),
  passedOver: z.array(z.string()),
  unreadable: z.array(z.looseObject({ image: z.string(), reason: z.string() })),
  missing: z.int().min(0),
  contents: z.array(z.string()),
  stopped: z.looseObject({ of: z.int().min(1), by: z.enum(['sign', 'width']) }).optional(),
});

const measures = z.record(z.string(), z.number());
const rectangle = z.looseObject({
  left: z.number(),
  top: z.number(),
  right: z.number(),
  bottom: z.number(),
});
const unitHead = { key: z.string(), network: z.string(), image: z.string() };

/** By key: what each family keeps of an explanation, and of an image. */
const recorded = Object.fromEntries(
  FAMILIES.map(({ recordKey, recorded: schema }) => [recordKey, schema.optional()]),
);
const recordedOfImage = Object.fromEntries(
  FAMILIES.flatMap((family) => Object.entries('recordedOfImage' in family ? family.recordedOfImage : {})),
);

const unitSchema = z.discriminatedUnion('status', [
  z.looseObject({ ...unitHead, status: z.enum(['skipped', 'failed']), reason: z.string() }),
  z.looseObject({
    ...unitHead,
    ...recordedOfImage,
    status: z.literal('done'),
    labels: z.array(z.string()),
    difficult: z.array(z.string()).optional(),
    top: z.array(z.looseObject({ label: z.string(), score: z.number() })),
    classScores: measures.optional(),
    boxes: z.record(z.string(), z.array(rectangle)).optional(),
    explanations: z.array(
      z.looseObject({
        class: z.string(),
        method: z.string(),
        score: z.number(),
        relevance: z.looseObject({ sum: z.number(), absolute: z.number(), start: z.number().optional() }),
        conservation: conservationSchema.optional(),
        ...recorded,
      }),
    ),
    unmeasured: z.array(z.looseObject({ class: z.string(), reason: z.string() })),
    unexplained: z.array(z.looseObject({ method: z.string(), reason: z.string() })).optional(),
  }),
]);

/** The content of run.json, as it is. @throws InputError when it is something else */
export function checkRecord(content: unknown, where: string): RunRecord {
  validate(recordSchema, content, where);
  return content as RunRecord;
}

/** The content of selection.json, as it is. @throws InputError when it is something else */
export function checkSelection(content: unknown, where: string): Selection {
  validate(selectionSchema, content, where);
  return content as Selection;
}

/** @throws InputError when what a journal says of a unit cannot be evaluated */
export function checkUnit(unit: UnitResult): void {
  validate(unitSchema, unit, `journal, unit ${unit.key}`);
}
