import { existsSync } from 'node:fs';
import { cp, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError, mismatch } from '../errors.js';
import { unitKeys } from '../evaluation/unit.js';
import type { RunRecord } from '../experiment/definition.js';
import { bitDifferences, computedBy, MAY_DIFFER, mixedMachine } from '../experiment/equal-bits.js';
import { type Shard, takeShard } from '../experiment/shard.js';
import { changes, type Mode, ResultsDirectory } from '../results/directory.js';
import { indexJournal, type JournalIndex, readUnits, type Unit, writeJournal } from '../results/journal.js';
import { type Written, writeResults } from '../results/results.js';
import type { Selection } from '../results/selection.js';
import { openTimings, readTimings } from '../results/timings.js';
import { stopWatch } from './stop-watch.js';

/** What the directory of a shard holds. */
interface ShardRun {
  readonly directory: ResultsDirectory;
  readonly record: RunRecord;
  readonly shard: Shard;
  readonly selection: Selection;
  readonly journal: JournalIndex;
}

export interface MergeOptions {
  /** Results directory. */
  readonly out: string;
  /** Whether an earlier run there may be replaced; `fresh` by default. */
  readonly mode?: Exclude<Mode, 'resume'>;
  /** Told of shards whose last bits may not be those of one run; may throw. */
  readonly onNote?: (note: string) => void;
}

/**
 * Puts the shards of one run together: the result is, byte for byte, what a run of all units writes (timings.csv
 * aside). Of shards whose last bits may differ, since other processors computed them, the record names all processors. The
 * shards stay as they are.
 *
 * @throws InputError unless the directories hold all shards of one run, each once and complete
 */
export async function merge(
  paths: readonly string[],
  { out, mode = 'fresh', onNote = () => {} }: MergeOptions,
): Promise<Written> {
  const shards = await Promise.all(paths.map((path) => readShard(resolve(path))));
  shards.sort((a, b) => a.shard.index - b.shard.index);
  const [first] = shards as [ShardRun];
  const { record, selection } = first;
  const keys = unitKeys(record.experiment.networks, selection.images);
  for (const one of shards) checkShard(one, first, keys);
  checkIndices(shards, first.shard.count);
  const unequal = unequalShards(shards);
  for (const { one, how } of unequal)
    onNote(`shard (${one.directory.path}): ${MAY_DIFFER}: ${how.join('; ')}`);

  const directory = new ResultsDirectory(resolve(out));
  await checkApart(directory, shards);
  return directory.make(async () => {
    const start = await directory.prepare(mode, { ...record, machine: machineOf(first, unequal) });
    try {
      await directory.writeSelection(selection);
      await writeJournal(directory.journal, unitsOf(shards, keys));
      await start.begun();
    } catch (error) {
      await start.undo();
      throw error;
    }
    await copyHeatmaps(shards, directory);
    await joinTimings(shards, directory);
    const stop = stopWatch(record.experiment, selection);
    await stop?.addJournal(directory, 'with failed');
    await stop?.endRun(directory);
    return writeResults(directory);
  });
}

async function readShard(path: string): Promise<ShardRun> {
  const directory = new ResultsDirectory(path);
  const { shard, ...record } = await directory.readRecord();
  if (!shard)
    throw mismatch({ what: 'shard', where: path, expected: 'a run with --shard', got: 'a run without' });
  const selection = await directory.readSelection();
  return { directory, record, shard, selection, journal: await indexJournal(directory.journal) };
}

/** Whether a shard belongs to the same run as the first, and has all of its units. */
function checkShard(
  { directory, record, shard, selection, journal }: ShardRun,
  first: ShardRun,
  keys: readonly string[],
) {
  const where = directory.path;
  const differences = changes(
    { ...first.record, shard: first.shard },
    { ...record, shard: { ...shard, index: first.shard.index } },
  );
  if (differences.length > 0) {
    throw new InputError(
      `shard (${where}): of another run than ${first.directory.path}: ${differences.join('; ')}`,
    );
  }
  if (JSON.stringify(selection) !== JSON.stringify(first.selection)) {
    throw new InputError(
      `shard (${where}): chose other samples than ${first.directory.path} (selection.json)`,
    );
  }
  const own = takeShard(keys, shard);
  const missing = own.filter((key) => !journal.lines.has(key)).length;
  if (missing > 0) {
    throw mismatch({
      what: 'shard',
      where,
      expected: `${own.length} units`,
      got: `${missing} of them missing (heatproof run --resume)`,
    });
  }
}

/** Whether every shard is there, and once. */
function checkIndices(shards: readonly ShardRun[], count: number): void {
  const paths = new Map<number, string>();
  for (const { directory, shard } of shards) {
    const other = paths.get(shard.index);
    if (other !== undefined)
      throw new InputError(`shard ${shard.index}/${count} twice: ${other} and ${directory.path}`);
    paths.set(shard.index, directory.path);
  }
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !paths.has(index));
  if (missing.length > 0) {
    throw mismatch({
      what: 'shards',
      where: [...paths.values()].join(', '),
      expected: `all ${count}`,
      got: `no ${missing.map((index) => `${index}/${count}`).join(', ')}`,
    });
  }
}

/** A shard whose last bits may not be those of the first, since it was computed elsewhere. */
interface UnequalShard {
  readonly one: ShardRun;
  readonly how: readonly string[];
}

function unequalShards([first, ...others]: readonly ShardRun[]): UnequalShard[] {
  return others.flatMap((one) => {
    const how = bitDifferences(computedBy((first as ShardRun).record), computedBy(one.record));
    return how.length === 0 ? [] : [{ one, how }];
  });
}

/** The machine of the first shard, with the processors of those that are unequal. */
function machineOf({ record }: ShardRun, unequal: readonly UnequalShard[]): RunRecord['machine'] {
  return unequal.reduce((machine, { one: { record: other, shard }, how }) => {
    const differing = how.map(
      (place) => `last bits of shard ${shard.index}/${shard.count} may differ, ${place}`,
    );
    return mixedMachine(machine, other.machine, differing);
  }, record.machine);
}

async function checkApart({ path }: ResultsDirectory, shards: readonly ShardRun[]): Promise<void> {
  if (!existsSync(path)) return;
  const own = await realpath(path);
  for (const { directory } of shards) {
    if ((await realpath(directory.path)) === own)
      throw mismatch({
        what: '--out',
        where: path,
        expected: 'a directory of its own',
        got: 'one of the shards',
      });
  }
}

/** All units in the order of the plan, each from the shard that did it. */
async function* unitsOf(shards: readonly ShardRun[], keys: readonly string[]): AsyncGenerator<Unit> {
  const readers = shards.map(({ directory, journal, shard }) =>
    readUnits(directory.journal, journal, takeShard(keys, shard)),
  );
  try {
    for (const i of keys.keys()) {
      const { value } = await (readers[i % shards.length] as AsyncGenerator<Unit>).next();
      yield value as Unit;
    }
  } finally {
    for (const reader of readers) await reader.return(undefined);
  }
}

async function copyHeatmaps(shards: readonly ShardRun[], { heatmaps }: ResultsDirectory): Promise<void> {
  for (const { directory } of shards) {
    if (existsSync(directory.heatmaps)) await cp(directory.heatmaps, heatmaps, { recursive: true });
  }
}

async function joinTimings(shards: readonly ShardRun[], { timings }: ResultsDirectory): Promise<void> {
  const joined = await openTimings(timings);
  try {
    for (const { directory } of shards) {
      for (const line of await readTimings(directory.timings)) await joined.append(line);
    }
  } finally {
    await joined.close();
  }
}
