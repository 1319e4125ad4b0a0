import { runCommand } from '../run-command';
import { terminalOf } from '../terminal';
import { createApiKeyCommand } from './create-api-key.command';

void runCommand(createApiKeyCommand, process.argv.slice(2), terminalOf(process)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
);
