import { runCommand } from '../run-command';
import { terminalOf } from '../terminal';
import { checkSumsCommand } from './check-sums.command';

void runCommand(checkSumsCommand, process.argv.slice(2), terminalOf(process)).then((exitCode) => {
  process.exitCode = exitCode;
});
