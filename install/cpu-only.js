/*
 * Run by npm before heatproof is installed, as `preinstall`: npm runs those of all packages before any `postinstall`.
 *
 * heatproof computes on the processor, with the libraries that onnxruntime-node comes with. On Linux, the postinstall of
 * onnxruntime-node downloads hundreds of megabytes of further libraries, for graphics cards, from another place than the
 * registry, and the whole installation fails where that cannot be reached. It downloads what is not there, so empty files
 * hold the place. Whoever wants those libraries says so as onnxruntime-node has it: ONNXRUNTIME_NODE_INSTALL=cuda12.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { env, platform, arch } = process;
const asked = env.ONNXRUNTIME_NODE_INSTALL ?? env.npm_config_onnxruntime_node_install;
const require = createRequire(import.meta.url);

/** Files that onnxruntime-node would download for this platform. */
function downloads() {
  const { requirements, manifests } = require('onnxruntime-node/script/install-metadata.js');
  const target = `${platform}/${arch}`;
  const folder = join(dirname(require.resolve('onnxruntime-node/package.json')), 'bin/napi-v6', target);
  return (requirements[target] ?? [])
    .flatMap((name) => Object.keys(manifests[`${target}:${name}`]))
    .map((file) => join(folder, file));
}

try {
  const missing = asked ? [] : downloads().filter((path) => !existsSync(path));
  for (const path of missing) writeFileSync(path, '');
} catch (error) {
  // Not worth an installation: at worst the libraries are downloaded.
  console.warn(`heatproof: could not tell onnxruntime-node to do without graphics cards: ${error.message}`);
}
