import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { readPageFiles } from '../../service/page/files.ts';
import { pageRoutes, viewPaths } from '../../service/page/routes.ts';
import { routeServer } from '../support/route-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
