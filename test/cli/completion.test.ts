import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complete } from '../../src/cli/complete.js';
import { COMPLETION_SCRIPTS, SHELLS } from '../../src/cli/completion-scripts.js';
import { METHODS } from '../../src/explain/methods/table.js';
import { commandOf, heatproof, start } from './heatproof.js';

describe('what may come next', () => {
  it.each<[string[], string[]]>([
    [['me'], ['merge', 'methods']],
    [
      ['fetch', 'bvlc-'],
      ['bvlc-googlenet', 'bvlc-caffenet'],
    ],
    [['fetch', '--out', ''], []],
    [['fetch', '--out', 'models', 's'], ['squeezenet']],
    [['explain', '--method', 'lrp-alpha'], ['lrp-alpha2-beta1']],
    [['explain', '--method', 'gradient,sensitivity-li'], ['gradient,sensitivity-linf']],
    [['explain', '--method', '=', 'occ'], ['occlusion']],
    [['explain', 'image.jpg', '--sc'], ['--scale']],
    [
      ['explain', '--scale', ''],
      ['each', 'common'],
    ],
    [['explain', '--model', ''], []],
    [['explain', '--check', '--engine', 'wa'], ['wasm']],
    [['doctor', '--type', 'vo'], ['voc']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['gate', '--run'], []],
    [['nothing', ''], []],
  ])('%j: %j', async (words, candidates) => {
    expect(await complete(words)).toEqual(candidates);
  });

  it('every method is offered', async () => {
    expect(await complete(['inspect', 'net.onnx', '--method', ''])).toHaveLength(METHODS.length);
  });
});

describe('in a shell', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof-completion-'));
    mkdirSync(join(folder, 'bin'));
    const [node, main] = commandOf();
    writeFileSync(join(folder, 'bin', 'heatproof'), `#!/bin/sh\nexec "${node}" "${main}" "$@"\n`);
    chmodSync(join(folder, 'bin', 'heatproof'), 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What a shell prints, started with `heatproof` on its path. */
  const shell = async (name: string, script: string): Promise<string[]> => {
    const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
    const { stdout, stderr } = await start([name, '-c', script], { cwd: folder, env }).ended;
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  };

  it.each([
    ['heatproof insp', 1, ['inspect']],
    ['heatproof explain --method lrp-z', 3, ['lrp-zplus', 'lrp-zplus-wsquare-first', 'lrp-zplus-zbox-first']],
    ['heatproof fetch voc', 2, ['voc2007']],
    ['heatproof run --over', 2, ['--overwrite']],
  ])('bash completes %s', async (line, cword, candidates) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    const script = [
      'eval "$(heatproof completion bash)"',
      `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${cword}`,
      'complete -p heatproof | grep -q -- "-F _heatproof" && _heatproof',
      `printf '%s\\n' "\${COMPREPLY[@]}"`,
    ].join('\n');
    expect(await shell('bash', script)).toEqual(candidates);
  });

  const installed = (name: string) => {
    try {
      return execFileSync(name, ['--version'], { encoding: 'utf8' }) !== '';
    } catch {
      return false;
    }
  };

  it.skipIf(!installed('fish'))('fish completes methods', async () => {
    const script = 'heatproof completion fish | source; complete -C "heatproof explain --method lrp-zp"';
    expect(await shell('fish', script)).toContain('lrp-zplus');
  });

  it.skipIf(!installed('zsh'))('zsh completes methods', async () => {
    const script = [
      'compdef() { :; }; compadd() { print -l $found }; eval "$(heatproof completion zsh)"',
      'words=(heatproof explain --method lrp-zplus-z); CURRENT=4; _heatproof',
    ].join('\n');
    expect(await shell('zsh', script)).toEqual(['lrp-zplus-zbox-first']);
  });

  it('prints the script of the shell that is asked for, or that is used', async () => {
    for (const name of SHELLS) {
      const asked = await heatproof(['completion', name], { env: { SHELL: '/bin/sh' } });
      const used = await heatproof(['completion'], { env: { SHELL: `/usr/bin/${name}` } });
      expect([asked.stdout, used.stdout]).toEqual([COMPLETION_SCRIPTS[name], COMPLETION_SCRIPTS[name]]);
    }
    const { code, stderr } = await heatproof(['completion'], { env: { SHELL: '/bin/sh' } });
    expect([code, stderr]).toEqual([2, 'heatproof: completion: expected one of bash, zsh, fish, got none\n']);
  });
});
