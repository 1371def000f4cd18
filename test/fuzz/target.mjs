import { runCli } from '../../dist/cli/cli.js';
import { readAnnotation } from '../../dist/datasets/annotation.js';
import { loadClasses, loadClassMap } from '../../dist/datasets/labels.js';
import { prepareSample } from '../../dist/datasets/prepare.js';
import { preprocessingSchema } from '../../dist/datasets/preprocessing.js';
import { readAnnotations, readExcerpt, readHeader } from '../../dist/datasets/signals/edf.js';
import { InputError } from '../../dist/errors.js';

const PREPROCESSING = preprocessingSchema.parse({ resize: [16, 16], channels: 'grey', mean: 127.5, std: 64 });

/**
 * The process that is watched: reads one mutant after the other, with the real command line or, where that would read much
 * besides, with what it reads such files with.
 */
const READERS = {
  annotation: readAnnotation,
  classes: loadClasses,
  classMap: loadClassMap,
  sample: (path) => prepareSample(path, PREPROCESSING, [1, 16, 16]),
  recording: async (path) => {
    const recording = readHeader(path);
    readAnnotations(recording);
    const { channels } = recording;
    const alike = channels.filter(
      ({ samplesPerRecord }) => samplesPerRecord === channels[0].samplesPerRecord,
    );
    await readExcerpt(recording, alike, { first: 0, length: 8 });
  },
};

let told = '';
process.stdout.write = () => true;
process.stderr.write = (text) => {
  told += text;
  return true;
};

async function answer({ reader, args }) {
  told = '';
  try {
    if (!reader) return { code: await runCli(args), told };
    await READERS[reader](...args);
    return { code: 0, told };
  } catch (error) {
    if (reader && error instanceof InputError) return { code: 2, told: `heatproof: ${error.message}\n` };
    return { code: 70, told: error instanceof Error ? error.stack : String(error) };
  }
}

process.on('message', async (job) => {
  const result = await answer(job);
  process.send({ ...result, resident: process.memoryUsage.rss() });
});
process.send(process.memoryUsage.rss());
