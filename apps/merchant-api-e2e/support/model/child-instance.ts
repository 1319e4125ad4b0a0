import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { within } from '../wait-for';
import type { Deed, Done, Setup } from './child-instance-program';
import type { Instance, InstanceOptions } from './instance';

const STARTED_WITHIN_MS = 60_000;

/** The same in a process of its own, whose death is a real one. */
export async function startChildInstance(options: InstanceOptions): Promise<Instance> {
  const { log, clock, ...setup } = options;
  const child = fork(join(__dirname, 'child-instance-program.ts'), {
    execArgv: [
      '--conditions=@countersign/source',
      '--require',
      join(__dirname, '../register-sources.cjs'),
    ],
    env: { PATH: process.env['PATH'] }, // nothing of the test's own environment
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('error', () => undefined); // a word to one that has just ended
  const ended = once(child, 'exit');
  const waiting = new Map<number, (done: Done) => void>();
  let asked = 0;
  child.on('message', (message) => {
    const done = message as Done;
    if (done.complaint !== undefined) log.error(done.complaint.fact, done.complaint.ids);
    else waiting.get(done.to)?.(done);
    waiting.delete(done.to);
  });
  void ended.then(() => {
    for (const [to, tell] of waiting) tell({ to, trouble: 'the process has ended' });
    waiting.clear();
  });
  const tell = async (deed: Deed): Promise<Done> => {
    asked += 1;
    const to = asked;
    const done = new Promise<Done>((resolve) => waiting.set(to, resolve));
    if (!child.connected) return { to, trouble: 'the process has ended' };
    child.send({ ...deed, to });
    const answer = await done;
    if (answer.trouble !== undefined) throw new Error(answer.trouble);
    return answer;
  };
  const aheadMs = clock.now().getTime() - Date.now();
  const started = await within(
    'the process to start',
    STARTED_WITHIN_MS,
    tell({ start: setup satisfies Setup, aheadMs }),
  );

  return {
    port: started.port ?? 0,
    turn: async () => {
      await tell({ work: 'turn' });
    },
    readInbox: async () => {
      await tell({ work: 'readInbox' });
    },
    sever: async (awayMs) => {
      await tell({ severMs: awayMs });
    },
    setClock: (ahead) => {
      if (child.connected) child.send({ to: 0, aheadMs: ahead } satisfies Deed & { to: number });
    },
    reachGateway: (reaches) => {
      if (child.connected) child.send({ to: 0, reaches } satisfies Deed & { to: number });
    },
    kill: () => {
      child.kill('SIGKILL');
    },
    stop: async () => {
      await tell({ work: 'stop' }).catch(() => undefined);
      child.kill('SIGKILL');
      await ended;
    },
    bury: async () => {
      await ended;
    },
  };
}
