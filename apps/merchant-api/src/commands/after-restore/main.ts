import { runCommand } from '../run-command';
import { terminalOf } from '../terminal';
import { afterRestoreCommand } from './after-restore.command';

void runCommand(afterRestoreCommand, process.argv.slice(2), terminalOf(process)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
);
