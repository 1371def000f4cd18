import { join } from 'node:path';
import { z } from 'zod';
import { InputError, mismatch } from '../../errors.js';
import type { Called } from '../../input/called.js';
import { channelRows } from '../../input/layout.js';
import { listFlat } from '../flat.js';
import {
  type Catalogue,
  common,
  type Entry,
  type Kind,
  labels,
  type Reader,
  type ReadInput,
} from '../kind.js';
import { list } from '../layout.js';
import { prepareTensor } from '../prepare.js';
import type { Sample, Signals } from '../sample.js';
import { channelFiles, channelName, findChannels, readChannels, readPositions } from './channels.js';
import { type Recording, rateOf, readExcerpt, readHeader } from './edf.js';
import { EVENTS } from './events.js';
import { cutRecordings } from './excerpts.js';
import { standardised } from './standardise.js';

const schema = z.strictObject({
  type: z.literal('signals'),
  labels: labels.optional(),
  channels: z
    .string()
    .optional()
    .describe(
      'text file with the names of the channels, one a line in the order of the input; default: channels.txt',
    ),
  positions: z
    .string()
    .optional()
    .describe(
      'CSV file `label,x,y,z` (x right, y front, z up) with the place of every channel; default: positions.csv',
    ),
  sampleRate: z
    .number()
    .positive()
    .optional()
    .describe('moments a second; recordings say it themselves, and must agree'),
  start: z
    .number()
    .default(0)
    .describe('of recordings: seconds from an annotation to the beginning of its sample'),
  standardise: z
    .enum(['each-moment', 'each-channel'])
    .optional()
    .describe('bring the channels of each moment, or the moments of each channel, to mean 0 and deviation 1'),
  ...common,
});
type Config = z.output<typeof schema>;

const SIDES = 'channels × moments';

const SIGNALS: Called = {
  sample: 'signal',
  samples: 'signals',
  regions: 'stretches',
  sides: SIDES,
  square: (moments) => `all × ${moments} (${SIDES})`,
  place: 'moment of a channel',
};

/** Signals of several channels, which are told apart: arrays, or recordings that are cut by their annotations. */
export const signals: Kind<typeof schema> = {
  schema,
  called: SIGNALS,
  list: listSignals,
  layout: ({ signals }, inputShape) => channelRows(inputShape, rowsOf(signals)),
  read: readSignal,
  files: ['channels', 'positions'],
  channels: true,
  expected: `<name>.npy ...               arrays, channels x length, with an optional labels.csv ("id,label"); or
<name>.edf, <name>.bdf ...   recordings, with ${EVENTS} ("file,annotation,label"; file * is any)
channels.txt                 optional: the names of the channels, one a line
positions.csv                optional: where they are, "label,x,y,z"`,
};

const FILES = /\.(?:npy|edf|bdf)$/i;
const ARRAY = /\.npy$/i;

function listSignals(config: Config): Catalogue {
  const { root, labels, standardise } = config;
  const { files, folders, leftOut } = list(root, FILES);
  if (files.length === 0) throw new InputError(`no .npy, .edf or .bdf files in ${root}`);
  const about = channelFiles(config);
  const arrays = files.filter((file) => ARRAY.test(file));
  const recordings = files.filter((file) => !ARRAY.test(file)).map((file) => readHeader(join(root, file)));
  const given = about.channels === undefined ? undefined : readChannels(about.channels);
  const recorded = given ?? namesOf(recordings);
  const positions = about.positions !== undefined && recorded && readPositions(about.positions, recorded);
  // Recordings spell them as they like (`Af8.`).
  const names = given ?? (positions ? positions.labels : recorded);
  const sampleRate = commonRate(config, recordings, names ?? []);
  const own = [about.channels, about.positions, join(root, EVENTS)];
  const ignored = folders.map((name) => ({ path: join(root, name), reason: 'a folder beside signals' }));
  const flat = listFlat(root, arrays, labels, [...leftOut, ...ignored]);
  const cut = recordings.length > 0 ? cutRecordings(config, recordings, sampleRate as number) : undefined;
  const entries = [...flat.entries, ...(cut?.entries ?? [])];
  refuseSharedIds(entries);
  return {
    ...flat,
    classes: cut?.classes ?? flat.classes,
    entries,
    leftOut: [...flat.leftOut.filter(({ path }) => !own.includes(path)), ...(cut?.leftOut ?? [])],
    signals: {
      ...(names && { names }),
      ...(positions && { positions: positions.places }),
      ...(sampleRate !== undefined && { sampleRate }),
      ...(standardise && { standardise }),
    },
  };
}

/** @throws InputError where two samples have one id, as those of `run.edf` and `run.bdf` do */
function refuseSharedIds(entries: readonly Entry[]): void {
  const paths = new Map<string, string>();
  for (const { id, path } of entries) {
    const other = paths.get(id);
    if (other !== undefined)
      throw new InputError(`two samples of one name: '${id}' of ${other} and of ${path}`);
    paths.set(id, path);
  }
}

/** What the channels of recordings are called; undefined where there are none. */
function namesOf([first]: readonly Recording[]): string[] | undefined {
  return first?.channels.map(({ label }) => channelName(label));
}

/**
 * The sample rate of all channels that are read, in all recordings; that of the config where there are none.
 * @throws InputError when they differ, or a channel is missing
 */
function commonRate(
  { sampleRate }: Config,
  recordings: readonly Recording[],
  names: readonly string[],
): number | undefined {
  let rate = sampleRate;
  for (const recording of recordings) {
    for (const channel of channelsOf(recording, names)) {
      const own = rateOf(recording, channel);
      rate ??= own;
      if (own === rate && Number.isFinite(own)) continue;
      throw mismatch({
        what: 'sample rate',
        where: `${recording.path}, channel ${channel.label}`,
        expected: `${rate} a second, as elsewhere`,
        got: String(own),
      });
    }
  }
  return rate;
}

function channelsOf({ channels, path }: Recording, names: readonly string[]) {
  const labels = channels.map(({ label }) => channelName(label));
  return findChannels(names, labels, path).map((i) => channels[i] as (typeof channels)[number]);
}

async function readSignal(
  { path, excerpt }: Sample,
  { signals }: { readonly signals?: Signals },
  { network: { layout } }: Reader,
): Promise<ReadInput> {
  const { rows, columns, signal } = layout;
  const read = async ({ first }: { first: number }) => {
    const recording = readHeader(path);
    const channels = channelsOf(recording, signal?.names ?? []);
    return readExcerpt(recording, channels, { first, length: columns });
  };
  const values = excerpt ? await read(excerpt) : prepareTensor(path, [rows, columns]);
  return { input: standardised(values, rows, signals?.standardise) };
}

/** What is known of the channels, without what is done with their numbers. */
function rowsOf({ standardise: _, ...rows }: Signals = {}) {
  return rows;
}
