import './telemetry.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { inLeastMemory } from './least-memory.js';
import { OPTIMISED, SOURCE, WEIGHTS } from './optimised-files.js';
import { SMALL_IN_FILE, settingsOf } from './settings.js';

/** The process that makes a model ready in a folder: opens it, keeps what the runtime has made of it, and tries whether that opens. */
const [folder = ''] = process.argv.slice(2);
const common = { provider: 'cpu', keepMemory: false } as const;
const optimised = join(folder, OPTIMISED);
const { extra, ...settings } = settingsOf(common);
const made = await InferenceSession.create(join(folder, SOURCE), {
  ...settings,
  extra: {
    session: {
      ...extra.session,
      optimized_model_external_initializers_file_name: WEIGHTS,
      optimized_model_external_initializers_min_size_in_bytes: String(SMALL_IN_FILE),
    },
  },
  optimizedModelFilePath: optimised,
});
await made.release();
writeFileSync(optimised, inLeastMemory(readFileSync(optimised)));
await (await InferenceSession.create(optimised, settingsOf({ ...common, optimised: true }))).release();
