import './telemetry.js';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { OPTIMISED, SOURCE, WEIGHTS } from './optimised-files.js';
import { SMALL_IN_FILE, settingsOf, withExtra } from './settings.js';

/** The process that makes a model ready in a folder: opens it, keeps what the runtime has made of it, and tries whether that opens. */
const [folder = ''] = process.argv.slice(2);
const common = { provider: 'cpu', keepMemory: false } as const;
const optimised = join(folder, OPTIMISED);
const writing = withExtra(settingsOf(common), {
  optimized_model_external_initializers_file_name: WEIGHTS,
  optimized_model_external_initializers_min_size_in_bytes: String(SMALL_IN_FILE),
});
const made = await InferenceSession.create(join(folder, SOURCE), {
  ...writing,
  optimizedModelFilePath: optimised,
});
await made.release();
await (await InferenceSession.create(optimised, settingsOf({ ...common, optimised: true }))).release();
