import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = 200;

/** Does the work while nobody else does: a second start waits, and then finds it done. */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  let hasSaid = false;
  while (!take(file)) {
    const holder = readHolder(file);
    if (holder !== null && !isHeldBy(holder)) {
      rmSync(file, { force: true }); // whoever held it was killed
      continue;
    }
    if (!hasSaid && holder !== null) {
      console.error(`Waiting for another start (pid ${holder.pid}) to finish installing.`);
      hasSaid = true;
    }
    await pause(LOOK_AGAIN_MS);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

function take(file) {
  try {
    writeFileSync(file, `${process.pid} ${startOf(process.pid)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file) {
  try {
    const [pid, start] = readFileSync(file, 'utf8').trim().split(' ');
    if (start !== undefined) return { pid: Number(pid), start };
    const isOld = Date.now() - statSync(file).mtimeMs > 5_000;
    return isOld ? { pid: 0, start: '' } : null; // half written
  } catch {
    return null; // released meanwhile
  }
}

function isHeldBy({ pid, start }) {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return startOf(pid) === start;
}

/** When a process began, so that a number used again is not taken for the one that had it. */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return 'unknown'; // no /proc here
  }
}
