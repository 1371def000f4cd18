/*
 * Run by npm before heatproof is installed, as `preinstall`: npm runs those of all packages before any `postinstall`.
 *
 * heatproof computes on the processor, with the libraries that onnxruntime-node comes with. On Linux, the postinstall of
 * onnxruntime-node downloads further libraries, for graphics cards, from another place than the registry, and the whole
 * installation fails where that cannot be reached. It downloads what is not there, so empty files hold the place. Whoever
 * wants those libraries says so as onnxruntime-node has it: ONNXRUNTIME_NODE_INSTALL=cuda12.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { env, platform, arch } = process;
const asked = env.ONNXRUNTIME_NODE_INSTALL || env.npm_config_onnxruntime_node_install;
const require = createRequire(import.meta.url);

/** Folder of onnxruntime-node; none where heatproof's own dependencies are about to be installed. */
function runtime() {
  const places = require.resolve.paths('onnxruntime-node') ?? [];
  return places.map((place) => join(place, 'onnxruntime-node')).find((folder) => existsSync(folder));
}

/** Files that the onnxruntime-node in this folder would download for this platform. */
function downloads(folder) {
  const { requirements, manifests } = require(join(folder, 'script/install-metadata.js'));
  const target = `${platform}/${arch}`;
  return (requirements[target] ?? [])
    .flatMap((name) => Object.keys(manifests[`${target}:${name}`]))
    .map((file) => join(folder, 'bin/napi-v6', target, file));
}

const folder = runtime();
if (folder && !asked) {
  try {
    for (const path of downloads(folder)) if (!existsSync(path)) writeFileSync(path, '');
  } catch (error) {
    // Not worth an installation: at worst the libraries are downloaded.
    const [line] = error.message.split('\n');
    console.warn(`heatproof: could not tell onnxruntime-node to do without graphics cards: ${line}`);
  }
}
