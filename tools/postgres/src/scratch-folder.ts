import { accessSync, constants, realpathSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const IN_MEMORY = '/dev/shm';
const TMPFS = 0x0102_1994;
const ROOM_BYTES = 2 * 1024 ** 3;

/**
 * Where files go that nobody needs after this run. A database of a test is three hundred files, and
 * a disk takes half a second of a core to make them: they are kept in memory where the system
 * offers it, and has plenty.
 */
export function scratchFolder(): string {
  return hasRoomInMemory() ? IN_MEMORY : realpathSync(tmpdir());
}

function hasRoomInMemory(): boolean {
  try {
    accessSync(IN_MEMORY, constants.W_OK | constants.X_OK);
    const { type, bavail, bsize } = statfsSync(IN_MEMORY);
    const bytes = Math.min(bavail * bsize, process.availableMemory() / 2);
    return type === TMPFS && bytes >= ROOM_BYTES;
  } catch {
    return false; // there is none on this system
  }
}
