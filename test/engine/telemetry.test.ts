import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BUILT, commandOf, start } from '../cli/heatproof.js';
import { plain } from '../perturbation/networks.js';
import { randomInputs, writeExperiment } from '../run/experiment.js';

const traced = spawnSync('strace', ['-V']).status === 0;

/** Nothing leaves the machine: the built command line and the library, with a home directory of their own. */
describe('telemetry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof-home-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const { graph, inputShape } = plain(1);
  const config = writeExperiment(folder, graph, randomInputs(2, inputShape), {
    methods: ['lrp-zplus'],
    perturbation: { region: 8, steps: 2 },
  });
  const library = `
    import { explain, loadNetwork } from ${JSON.stringify(join(BUILT, 'dist/index.js'))};
    const network = await loadNetwork(${JSON.stringify(join(folder, 'network.onnx'))});
    await explain(network, new Float32Array(${inputShape.join(' * ')}), { method: 'gradient' });`;

  it.each([
    ['run', [...commandOf(), 'run', config, '--out', join(folder, 'out'), '--workers', '2', '--quiet']],
    [
      'explain',
      [
        ...commandOf(),
        'explain',
        ...['--model', join(folder, 'network.onnx'), '--input', join(folder, 'inputs', 'a.npy')],
        ...['--method', 'gradient', '--out', folder],
      ],
    ],
    ['the library', [process.execPath, '--input-type=module', '-e', library]],
  ])(
    `%s leaves the home directory empty${traced ? ' and looks up no host' : ' (no strace: look-ups untested)'}`,
    async (name, command) => {
      const home = mkdtempSync(join(folder, 'home-'));
      const trace = join(folder, `${name}.trace`);
      const strace = ['strace', '-f', '-qq', '-e', 'trace=connect,sendto,sendmsg,sendmmsg', '-o', trace];
      const env = { HOME: home, XDG_CACHE_HOME: '', ORT_DISABLE_TELEMETRY: '' };
      const { code, stderr } = await start([...(traced ? strace : []), ...command] as [string], { env })
        .ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(readdirSync(home, { recursive: true })).toEqual([]);
      if (traced) expect(readFileSync(trace, 'utf8')).not.toMatch(/AF_INET/);
    },
  );
});
