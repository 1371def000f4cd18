import { statSync } from 'node:fs';
import { mismatch } from '../../errors.js';
import { openUserFile, readError, readRange, readStart, readUserFile } from '../../files/user-file.js';

/**
 * Recordings in the European Data Format: EDF, EDF+ (16 bits a number; Kemp and Olivan 2003) and BDF, BDF+ (24 bits).
 * A header says what the channels are; behind it lie data records of equal length, channel by channel.
 */
export interface Recording {
  readonly path: string;
  readonly channels: readonly RecordedChannel[];
  /** The channels that hold annotations. */
  readonly marks: readonly RecordedChannel[];
  readonly records: number;
  /** Seconds that a data record lasts. */
  readonly recordSeconds: number;
  readonly headerBytes: number;
  readonly recordBytes: number;
  readonly sampleBytes: 2 | 3;
}

export interface RecordedChannel {
  readonly label: string;
  readonly samplesPerRecord: number;
  /** Where its numbers begin in a data record, in bytes. */
  readonly offset: number;
  /** Physical value = digital value * scale + shift. */
  readonly scale: number;
  readonly shift: number;
}

/** Something that was marked in a recording. */
export interface Annotation {
  /** Seconds from the first sample. */
  readonly onset: number;
  readonly text: string;
}

/** Fields of a channel in the header, in order, with their widths; every field comes for all channels in a row. */
const FIELDS = [
  ['label', 16],
  ['transducer', 80],
  ['dimension', 8],
  ['physicalMinimum', 8],
  ['physicalMaximum', 8],
  ['digitalMinimum', 8],
  ['digitalMaximum', 8],
  ['prefiltering', 80],
  ['samples', 8],
  ['reserved', 32],
] as const;
type Field = (typeof FIELDS)[number][0];

const FIXED_BYTES = 256;
const ANNOTATIONS = /^(?:EDF|BDF) Annotations$/;

/**
 * Reads what a recording's header says.
 * @throws InputError for a file that is none, is cut, or has gaps (EDF+D)
 */
export function readHeader(path: string): Recording {
  const refuse = refusal(path);
  const whole = wholeNumber(refuse);
  const size = sizeOfFile(path);
  const fixed = readStart(path, FIXED_BYTES);
  const fixedText = textOf(fixed);
  const wide = fixed[0] === 0xff && fixedText(1, 7) === 'BIOSEMI';
  if (!(wide || fixedText(0, 8) === '0'))
    throw refuse('recording', 'an EDF or BDF file', size === 0 ? 'an empty file' : 'another file');
  if (fixed.length < FIXED_BYTES) throw refuse('header', `${FIXED_BYTES} bytes`, `${size}, a cut file`);
  if (/^(?:EDF|BDF)\+D/.test(fixedText(192, 44)))
    throw refuse('recording', 'one without gaps', `${fixedText(192, 5)}, with gaps`);
  const count = whole('number of channels', fixedText(252, 4), 1);
  const headerBytes = FIXED_BYTES * (count + 1);
  if (size < headerBytes) throw refuse('header', `${headerBytes} bytes`, `${size}, a cut file`);
  const sampleBytes = wide ? 3 : 2;
  const all = readChannelFields(textOf(readStart(path, headerBytes)), count, sampleBytes, refuse);
  const recordBytes = sampleBytes * all.reduce((sum, { samplesPerRecord }) => sum + samplesPerRecord, 0);
  const records = whole('number of data records', fixedText(236, 8), 1);
  const recordSeconds = Number(fixedText(244, 8));
  if (!(recordSeconds >= 0 && Number.isFinite(recordSeconds)))
    throw refuse('length of a data record', 'seconds', fixedText(244, 8));
  const expected = headerBytes + records * recordBytes;
  if (size !== expected) {
    const cut = size < expected ? ', a cut file' : '';
    throw refuse('size', `${expected} bytes, ${records} data records`, `${size}${cut}`);
  }
  return {
    path,
    channels: all.filter(({ label }) => !ANNOTATIONS.test(label)),
    marks: all.filter(({ label }) => ANNOTATIONS.test(label)),
    records,
    recordSeconds,
    headerBytes,
    recordBytes,
    sampleBytes,
  };
}

/** The annotations of a recording, in order of their time. */
export function readAnnotations({
  path,
  marks,
  records,
  headerBytes,
  recordBytes,
  sampleBytes,
}: Recording): Annotation[] {
  if (marks.length === 0) return [];
  const bytes = readUserFile(path, 'recording');
  const lists = Array.from({ length: records }, (_, record) =>
    marks.flatMap(({ offset, samplesPerRecord }) => {
      const from = headerBytes + record * recordBytes + offset;
      const text = bytes.toString('utf8', from, from + samplesPerRecord * sampleBytes);
      return text.split('\0').flatMap(readList);
    }),
  );
  // The first list of a record has no text and says when the record begins.
  const began = lists[0]?.find(({ texts }) => texts[0] === '')?.onset ?? 0;
  return lists
    .flat()
    .flatMap(({ onset, texts }) =>
      texts.filter((text) => text !== '').map((text) => ({ onset: onset - began, text })),
    )
    .sort((a, b) => a.onset - b.onset);
}

/** A time-stamped list of annotations: `+onset[\x15duration]\x14text\x14...\x14`. */
function readList(list: string): { onset: number; texts: string[] }[] {
  const [time = '', ...texts] = list.split('\x14');
  const [onset = ''] = time.split('\x15');
  if (!/^[+-]\d+(?:\.\d*)?$/.test(onset)) return [];
  return [{ onset: Number(onset), texts: texts.slice(0, -1) }];
}

type ReadText = (at: number, length: number) => string;

function textOf(bytes: Buffer): ReadText {
  return (at, length) => bytes.toString('latin1', at, at + length).trim();
}

function readChannelFields(
  text: ReadText,
  count: number,
  sampleBytes: number,
  refuse: Refuse,
): RecordedChannel[] {
  const field = fieldReader(text, count);
  let offset = 0;
  return Array.from({ length: count }, (_, i) => {
    const label = field('label', i);
    const where = `of channel '${label}'`;
    const samplesPerRecord = wholeNumber(refuse)(`samples ${where}`, field('samples', i), 1);
    const at = { label, samplesPerRecord, offset };
    offset += samplesPerRecord * sampleBytes;
    if (ANNOTATIONS.test(label)) return { ...at, scale: 1, shift: 0 };
    const [low, high] = [Number(field('digitalMinimum', i)), Number(field('digitalMaximum', i))];
    const [least, most] = [Number(field('physicalMinimum', i)), Number(field('physicalMaximum', i))];
    const scale = (most - least) / (high - low);
    const shift = least - low * scale;
    if (!Number.isFinite(shift) || scale === 0)
      throw refuse(`range ${where}`, 'two different numbers', `${least} to ${most} for ${low} to ${high}`);
    return { ...at, scale, shift };
  });
}

/** Samples a second of a channel. */
export function rateOf({ recordSeconds }: Recording, { samplesPerRecord }: RecordedChannel): number {
  return samplesPerRecord / recordSeconds;
}

/**
 * Physical values of some channels, which all have the same rate: `length` samples from `first` on, channel by channel.
 * @throws InputError where the recording ends before
 */
export async function readExcerpt(
  recording: Recording,
  channels: readonly RecordedChannel[],
  { first, length }: { first: number; length: number },
): Promise<Float32Array> {
  const { path, records, headerBytes, recordBytes, sampleBytes } = recording;
  const samplesPerRecord = channels[0]?.samplesPerRecord ?? 1;
  const total = records * samplesPerRecord;
  if (first < 0 || first + length > total)
    throw refusal(path)('excerpt', `samples of 0..${total - 1}`, `${first}..${first + length - 1}`);
  const from = Math.floor(first / samplesPerRecord);
  const to = Math.floor((first + length - 1) / samplesPerRecord) + 1;
  const bytes = await readRecords(path, headerBytes + from * recordBytes, (to - from) * recordBytes);
  const values = new Float32Array(channels.length * length);
  for (const [c, { offset, scale, shift }] of channels.entries()) {
    for (let i = 0; i < length; i++) {
      const sample = first + i - from * samplesPerRecord;
      const record = Math.floor(sample / samplesPerRecord);
      const at = record * recordBytes + offset + (sample % samplesPerRecord) * sampleBytes;
      values[c * length + i] = bytes.readIntLE(at, sampleBytes) * scale + shift;
    }
  }
  return values;
}

async function readRecords(path: string, offset: number, length: number): Promise<Buffer> {
  try {
    const { file } = await openUserFile(path);
    try {
      return await readRange(file, path, { offset, length });
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}

function fieldReader(text: ReadText, count: number) {
  const starts = {} as Record<Field, [number, number]>;
  let start = FIXED_BYTES;
  for (const [name, width] of FIELDS) {
    starts[name] = [start, width];
    start += width * count;
  }
  return (name: Field, channel: number) => text(starts[name][0] + channel * starts[name][1], starts[name][1]);
}

function sizeOfFile(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw readError(path, error);
  }
}

type Refuse = (what: string, expected: string, got: string) => Error;

function refusal(where: string): Refuse {
  return (what, expected, got) => mismatch({ what, where, expected, got });
}

function wholeNumber(refuse: Refuse) {
  return (what: string, text: string, least: number): number => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= least) return value;
    throw refuse(what, `a whole number from ${least}`, `'${text}'`);
  };
}
