import { z } from 'zod';
import type { Called } from '../input/called.js';
import type { InputLayout } from '../input/layout.js';
import type { Box } from './boxes.js';
import type { Classes } from './classes.js';
import type { LeftOut, Part } from './layout.js';
import type { PreparedInput } from './prepare.js';
import type { Preprocessing } from './preprocessing.js';
import type { Sample, Signals } from './sample.js';
import type { WordNetwork } from './text/embed.js';
import type { Words } from './text/words.js';

/** Keys of every data set's config. `root` is a path of the file system, resolved by the caller. */
export const common = {
  root: z.string().min(1).describe('folder of the data set'),
  limit: z.int().min(1).optional().describe('how many images, drawn by seed; default: all'),
  seed: z.int().min(0).default(1).describe('which images a limit draws'),
  select: z
    .enum(['all', 'correct', 'wrong'])
    .default('all')
    .describe('correct: only images that the network classifies correctly; wrong: only the others'),
};

/** The key of a kind whose classes the config names. */
export const labels = z
  .string()
  .describe('ilsvrc2012, voc, or a text file with one class a line, in the order of outputs');

/** What a kind of data set finds at its root, before any sample is drawn. */
export interface Catalogue {
  classes: Classes;
  /** Classes are folders, which nothing brings into the order of a network's outputs but their alphabet. */
  alphabetical?: true;
  entries: Entry[];
  /** Ids that it lists but whose image is not on disk. */
  missing: string[];
  /** Ids of images on disk to which it gives no label. */
  unlabelled: string[];
  /** Files and folders at its places of which it makes nothing. */
  leftOut: LeftOut[];
  /** What holds for all its samples, where they are signals. */
  signals?: Signals;
}

/** A sample whose labels may have to be read from its annotation first. */
export interface Entry extends Omit<Sample, 'labels' | 'difficult'> {
  labels: number[] | (() => Pick<Sample, 'labels' | 'difficult'>);
}

/** Parts that a data set consists of, where they are looked for, and how bad it is when one is missing. */
export interface Parts {
  root: string;
  parts: readonly Part[];
  missing: 'bad' | 'warning';
}

/** What a kind reads samples with: what the data set says of all of them. */
export interface Read {
  readonly signals?: Signals;
}

/** A network that samples are read for. */
export interface Reader {
  readonly preprocessing: Preprocessing | undefined;
  /** How texts become its input. */
  readonly words?: Words | undefined;
  readonly network: WordNetwork & { readonly layout: InputLayout };
}

/** A sample as network input. */
export type ReadInput = Pick<PreparedInput, 'input' | 'given' | 'document' | 'tokenVectors'>;

/** All that is known of a kind of data set: an entry of {@link KINDS}, by the `type` of its config. */
export interface Kind<Schema extends z.ZodObject> {
  readonly schema: Schema;
  /** What its samples and their parts are called. */
  readonly called: Called;
  /** What is at the root. @throws InputError when a part is missing or malformed */
  list(config: z.output<Schema>): Catalogue;
  /**
   * The boxes of a sample in its upright original image, from its image and annotation alone; absent where the kind has
   * none. `keys` are what annotations call the classes. @throws InputError for a broken annotation, which it names
   */
  boxes?(sample: Sample, keys: readonly string[]): Promise<Box[]>;
  /** How a network reads its samples; as the shape of its input says where there is no such function. */
  layout?(dataset: Read, inputShape: readonly number[]): InputLayout;
  /** A sample as network input; what is no image and no array as it stands. @throws InputError when it does not fit */
  read?(sample: Sample, dataset: Read, reader: Reader): Promise<ReadInput>;
  /** Keys of its config that name files, besides `root` and `labels`. */
  readonly files?: readonly string[];
  /** Whether the channels of its samples are told apart, so that relevance by channel means something. */
  readonly channels?: true;
  /** Whether an image may show several classes; then the score of every class is kept, for average precision. */
  readonly severalClasses?: true;
  /** For people whose folder lacks something: what is expected where, and where it comes from. */
  readonly expected: string;
  parts?(config: z.output<Schema>): Parts[];
}
