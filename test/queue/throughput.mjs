// Two workers at a queue against two threads of one process, in turn: node test/queue/throughput.mjs [ROUNDS] [OPTIONS OF run...]
// Needs a build and redis-server. Prints, for every round, units a second (from a fifth of the units on, when all have begun), seconds
// and processor seconds of everything (Redis with it), and at the end how the medians of the queue relate to those of the threads.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const PORT = 7398;
const [rounds = '3', ...options] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'heatproof-throughput-'));

const run = `node dist/cli/main.js run configs/quickstart.yaml ${options.join(' ')} --quiet --out`;
const queue = `--queue redis://127.0.0.1:${PORT}`;
const work = `node dist/cli/main.js work ${queue} --workers 1 --quiet`;
const redis = `redis-server --port ${PORT} --bind 127.0.0.1 --dir ${folder} --save '' --appendonly yes`;

/** Shell commands that write a results directory, and `times` of all of them. */
const WAYS = {
  threads: (out) => `${run} ${out} --workers 2 >/dev/null; times`,
  queue: (out) =>
    `${redis} >/dev/null & server=$!; until redis-cli -p ${PORT} ping >/dev/null 2>&1; do sleep 0.05; done
     ${run} ${out} --workers 1 ${queue} >/dev/null & all=$!; ${work} & all="$all $!"; ${work} & all="$all $!"
     wait $all; kill $server; wait $server; times`,
};

async function measure(way, out) {
  const begun = performance.now();
  const shell = spawn('bash', ['-c', WAYS[way](out)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  shell.stdout.on('data', (text) => {
    said += text;
  });
  let ended = false;
  const end = once(shell, 'close').then(() => {
    ended = true;
  });
  const arrivals = [];
  const newLines = follow(join(out, 'journal.jsonl'));
  while (!ended) {
    await Promise.race([setTimeout(20), end]);
    for (let lines = newLines(); lines > 0; lines--) arrivals.push(performance.now());
  }
  const seconds = (performance.now() - begun) / 1000;
  const processor = [
    ...said
      .trim()
      .split('\n')
      .at(-1)
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  const first = Math.floor(arrivals.length / 5);
  return {
    rate: (1000 * (arrivals.length - 1 - first)) / (arrivals.at(-1) - arrivals[first]),
    seconds,
    processor: processor.reduce((sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest), 0),
  };
}

/** Counts the lines that have come since it was asked last. */
function follow(journal) {
  let read = 0;
  return () => {
    if (!existsSync(journal)) return 0; // Not begun yet.
    const bytes = Buffer.alloc(statSync(journal).size - read);
    const file = openSync(journal);
    read += readSync(file, bytes, 0, bytes.length, read);
    closeSync(file);
    return bytes.toString('latin1').split('\n').length - 1;
  };
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const found = { threads: [], queue: [] };
for (let round = 0; round < Number(rounds); round++)
  for (const way of round % 2 === 0 ? ['threads', 'queue'] : ['queue', 'threads']) {
    const one = await measure(way, join(folder, `${way}-${round}`));
    found[way].push(one);
    const { rate, seconds, processor } = one;
    console.log(
      `${way}: ${rate.toFixed(2)} units a second, ${seconds.toFixed(1)} s, processor ${processor.toFixed(1)} s`,
    );
  }
rmSync(folder, { recursive: true });
const ratio = (what) =>
  (median(found.queue.map((one) => one[what])) / median(found.threads.map((one) => one[what]))).toFixed(3);
console.log(
  `queue / threads: units a second ${ratio('rate')}, seconds ${ratio('seconds')}, processor seconds ${ratio('processor')}`,
);
