import { commandsText, globalFlagsTable } from './command-tables.js';
import { environmentTable, exampleFile, optionsTable } from './configuration-tables.js';
import { errorCodesTable, exitCodesTable, framesTable, redisKeysTable } from './protocol-tables.js';
import { unitText } from './unit-text.js';
import { commandRulesTable, lifecycleDiagram, lifecycleTable, statesTable } from './state-tables.js';

/** Everything in the docs that is printed from code, by the names that the pages use. */
export const docTables: Readonly<Record<string, () => string>> = {
  options: optionsTable,
  environment: environmentTable,
  'example-file': exampleFile,
  states: statesTable,
  lifecycle: lifecycleTable,
  'lifecycle-diagram': lifecycleDiagram,
  'command-rules': commandRulesTable,
  'error-codes': errorCodesTable,
  'exit-codes': exitCodesTable,
  frames: framesTable,
  'redis-keys': redisKeysTable,
  'systemd-unit': unitText,
  commands: commandsText,
  'global-options': globalFlagsTable,
};
