import { addBackupRoutes } from '../backups/backup-routes.js';
import { addBoxRoutes } from '../box/box-routes.js';
import { addHealthRoutes } from '../box/health-routes.js';
import { addDocumentRoutes } from '../document/document-routes.js';
import { addConsoleRoutes } from '../console/console-routes.js';
import { addLiveRoutes } from '../console/live-routes.js';
import { addCrashRoutes } from '../crashes/crash-routes.js';
import { addEventRoutes } from '../events/event-routes.js';
import { addJobRoutes } from '../jobs/job-routes.js';
import { addDownloadRoutes } from '../backups/download-routes.js';
import { addFileRoutes } from '../files/file-routes.js';
import { addFunpackRoutes } from '../funpacks/funpack-routes.js';
import { addUploadRoutes } from '../funpacks/upload-routes.js';
import { addGraphRoutes } from '../graphs/graph-routes.js';
import { addMetricsRoutes } from '../metrics/metrics-routes.js';
import { addPageRoutes } from '../page/page-routes.js';
import { addPlayerRoutes } from '../players/player-routes.js';
import { addScheduleRoutes } from '../schedules/schedule-routes.js';
import { addServerRoutes } from '../servers/server-routes.js';
import { addSessionRoutes } from '../tokens/session-routes.js';
import { addTokenRoutes } from '../tokens/token-routes.js';
import { addWebhookRoutes } from '../webhooks/webhook-routes.js';
import type { ApiParts, App } from './app.js';

/** Every route of the API, in the order in which the document shows them. */
export async function addRoutes(app: App, parts: ApiParts): Promise<void> {
  addHealthRoutes(app, parts);
  addBoxRoutes(app, parts);
  addServerRoutes(app, parts);
  addConsoleRoutes(app, parts);
  addLiveRoutes(app, parts);
  addEventRoutes(app, parts);
  addPlayerRoutes(app, parts);
  addGraphRoutes(app, parts);
  addCrashRoutes(app, parts);
  addScheduleRoutes(app, parts);
  addBackupRoutes(app, parts);
  addDownloadRoutes(app, parts);
  await addFileRoutes(app, parts);
  addFunpackRoutes(app, parts);
  await app.register(async (inner) => addUploadRoutes(inner, parts));
  addJobRoutes(app, parts);
  addMetricsRoutes(app, parts);
  addTokenRoutes(app, parts);
  addWebhookRoutes(app, parts);
  addSessionRoutes(app, parts);
  addDocumentRoutes(app);
  addPageRoutes(app, parts);
}
