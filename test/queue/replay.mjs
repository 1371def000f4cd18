// Replays the recorded units of a finished run through the real coordinator: node test/queue/replay.mjs RUN UNITS [SPEED]
// One process is the coordinator, one has 64 simulated workers, which wait as long as the recorded units took (divided by SPEED) and
// compute nothing. Needs a build and redis-server. Prints a line every few seconds, and at the end one for the table of docs/scale.md.
import { fork, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { runRecord } from '../../dist/experiment/definition.js';
import { openExperiment } from '../../dist/experiment/open.js';
import { Board } from '../../dist/queue/board.js';
import { chunkWorker } from '../../dist/queue/chunks.js';
import { openQueue } from '../../dist/queue/open.js';
import { deliver, Outbox, THROUGH_QUEUE } from '../../dist/queue/outbox.js';
import { encodePacket } from '../../dist/queue/packet.js';
import { ResultsDirectory } from '../../dist/results/directory.js';
import { parseLine } from '../../dist/results/journal.js';
import { evaluateJobs, planRun } from '../../dist/run/plan.js';
import { evaluateUnits } from '../../dist/run/run.js';
import { UNWATCHED } from '../../dist/run/watch.js';

const WORKERS = 64;
const [run, units = '100000', speed = '1', port = '7399', role = 'coordinator'] = process.argv.slice(2);
const options = { host: '127.0.0.1', port: Number(port) };

/** The units of the run with the seconds that they took. */
function recorded() {
  const seconds = new Map(
    readFileSync(join(run, 'timings.csv'), 'utf8')
      .split('\n')
      .map((line) => [line.slice(0, line.lastIndexOf(',')), Number(line.slice(line.lastIndexOf(',') + 1))]),
  );
  const lines = readFileSync(join(run, 'journal.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { unit } = parseLine(line);
    const rest = JSON.stringify(unit).slice(JSON.stringify({ key: unit.key }).length - 1);
    return { rest, seconds: seconds.get(unit.key) };
  });
}

/** The line of a recorded unit under another key. */
function withKey({ rest }, key) {
  const json = `{"key":${JSON.stringify(key)}${rest}`;
  return `{"checksum":"${createHash('sha256').update(json).digest('hex').slice(0, 16)}","unit":${json}}`;
}

async function simulate() {
  const units = recorded();
  await Promise.all(
    Array.from({ length: WORKERS }, async (_, i) => {
      const worker = `simulated-${i}`;
      const redis = new Redis({ ...options, maxRetriesPerRequest: null });
      const board = new Board(redis, 'here', console.error);
      let queued;
      while (queued?.state !== 'running') {
        await setTimeout(200);
        queued = await board.readRun();
      }
      const { record, codecs, canaries } = queued;
      const statement = { host: 'here', threads: 1, record, codecs, canaries: canaries.checksums };
      await deliver(board, await encodePacket({ kind: 'join', worker, statement }));
      while (!(await board.readAnswer(worker))) await setTimeout(100);
      const outbox = new Outbox(board, worker, () => THROUGH_QUEUE);
      let done = 0;
      let turn = Promise.resolve();
      const compute = ({ key, sample }, chunk) => {
        const { seconds } = units[sample % units.length];
        turn = turn.then(() => setTimeout((1000 * seconds) / Number(speed)));
        return turn.then(async () => {
          const line = withKey(units[sample % units.length], key);
          await outbox.put({ key, chunk, seconds: seconds / Number(speed), result: { line } });
          done++;
        });
      };
      await chunkWorker(redis, { concurrency: 2, lease: 60 }, ({ id, data }) =>
        Promise.all(data.jobs.map((job) => compute(job, id))),
      );
      setInterval(() => board.beat(worker, { host: 'here', pid: process.pid, threads: 1, done }), 2000);
    }),
  );
}

async function coordinate() {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof-replay-'));
  const server = spawn(
    'redis-server',
    ['--port', port, '--dir', folder, '--save', '', '--appendonly', 'yes'],
    { stdio: 'ignore' },
  );
  await setTimeout(1000);
  const child = fork(fileURLToPath(import.meta.url), [run, units, speed, port, 'workers']);
  const found = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
  const open = await openExperiment(found.experiment);
  const plan = await planRun(open, folder);
  const [first] = evaluateJobs(plan, [plan.dataset.samples[0].id]);
  const jobs = Array.from({ length: Number(units) }, (_, i) => ({
    ...first,
    also: [],
    key: `${first.key}-${i}`,
    sample: i % plan.dataset.samples.length,
  }));
  const directory = new ResultsDirectory(folder);
  const redis = new Redis(options);
  const begun = { time: 0, cpu: process.cpuUsage() };
  const megabytes = (bytes) => Math.round(bytes / 1e6);
  let told = 0;
  const say = async (done) => {
    const seconds = (performance.now() - begun.time) / 1000;
    const { user, system } = process.cpuUsage(begun.cpu);
    const held = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1];
    console.log(
      `${done} units, ${Math.round(done / seconds)} a second, coordinator ${Math.round(done / ((user + system) / 1e6))} a processor second, ` +
        `heap ${megabytes(process.memoryUsage().heapUsed)} MB, resident ${megabytes(process.memoryUsage().rss)} MB, Redis ${megabytes(held)} MB`,
    );
  };
  const onProgress = (_, done) => {
    if (done > 0 && begun.time === 0)
      Object.assign(begun, { time: performance.now(), cpu: process.cpuUsage() });
    if (done - told < Number(units) / 20) return;
    told = done;
    void say(done);
  };
  const crew = await openQueue({
    queue: `redis://127.0.0.1:${port}`,
    mixed: false,
    lease: 60,
    overwrite: true,
    onNote: console.error,
  });
  const site = {
    plan,
    record: runRecord(open, undefined),
    directory,
    workers: 1,
    watch: { ...UNWATCHED, onProgress, onNote: console.error },
  };
  const done = await evaluateUnits(
    jobs,
    site,
    crew.evaluators,
    { async begun() {}, async undo() {} },
    undefined,
  );
  await say(done);
  crew.close();
  redis.disconnect();
  child.kill();
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

if (role === 'workers') await simulate();
else await coordinate();
