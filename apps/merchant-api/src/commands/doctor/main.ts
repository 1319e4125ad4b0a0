import { runCommand } from '../run-command';
import { terminalOf } from '../terminal';
import { doctorCommand } from './doctor.command';

void runCommand(doctorCommand, process.argv.slice(2), terminalOf(process)).then((exitCode) => {
  process.exitCode = exitCode;
});
