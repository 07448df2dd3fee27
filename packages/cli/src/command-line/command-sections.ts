import { apiSpecs } from '../commands/api/specs.js';
import { distributionSpecs } from '../commands/distributions/specs.js';
import { pidSpecs } from '../commands/pid/specs.js';
import { scheduleSpecs } from '../commands/schedules/schedule-specs.js';
import { webhookSpecs } from '../commands/webhooks/specs.js';
import { backupSpecs } from './backup-specs.js';
import { boxSpecs } from './box-specs.js';
import { funpackSpecs } from './funpack-specs.js';
import { serverSpecs } from './server-specs.js';
import type { CommandSpec } from './specs.js';

/** Every command, by what it is about: as docs/commands.md lists them. */
export const commandSections: Readonly<Record<string, readonly CommandSpec[]>> = {
  'About the box': boxSpecs,
  'About one server': serverSpecs,
  'About backups': backupSpecs,
  'About schedules': scheduleSpecs,
  'About funpacks': funpackSpecs,
  'About packs for several boxes': distributionSpecs,
  'About the HTTP API and the page': apiSpecs,
  'About webhooks': webhookSpecs,
  'For start scripts of any program': pidSpecs,
};
