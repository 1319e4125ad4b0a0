import { spawn } from 'node:child_process';
import { GivenUp } from './given-up.mjs';

const PATIENCE_MS = 5_000;

/**
 * Runs a program to its end. A signal that ends us ends it first, with all it has started. Its
 * output goes to our standard error: standard output belongs to the command that follows.
 */
export function runChild(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...options,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said = (said + chunk.toString()).slice(-20_000);
        process.stderr.write(chunk);
      });
    }
    let endedBy = null;
    const end = (signal) => {
      if (endedBy !== null) kill(child, 'SIGKILL'); // asked twice
      endedBy = signal;
      kill(child, 'SIGTERM');
      setTimeout(() => kill(child, 'SIGKILL'), PATIENCE_MS).unref();
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, end);
    const settle = () => {
      for (const signal of signals) process.off(signal, end);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (code) => {
      settle();
      if (endedBy === null) resolve({ code, said });
      else reject(new GivenUp('Stopped.', { exitCode: 130 }));
    });
  });
}

function kill(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}
