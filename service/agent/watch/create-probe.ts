import { readFileSync } from 'node:fs';
import type { Clock } from '../../runtime/clock.ts';
import type { ProbeSettings } from '../config/settings.ts';
import { createCommandProbe } from '../probes/command.ts';
import { createFileProbe } from '../probes/file.ts';
import { createHttpProbe } from '../probes/http.ts';
import { createPattern } from '../probes/pattern.ts';
import type { Probe } from '../probes/probe.ts';
import { createProcessProbe } from '../probes/process.ts';
import { createRabbitMqProbe } from '../probes/rabbitmq.ts';
import { createSystemdProbe } from '../probes/systemd.ts';
import { createTcpProbe } from '../probes/tcp.ts';

/** The probe that the settings describe, which have been checked. */
export function createProbe({ config, management }: ProbeSettings, clock: Clock): Probe {
  switch (config.type) {
    case 'tcp':
      return createTcpProbe(config);
    case 'http': {
      const { url, method, status: statuses, caFile, body } = config;
      const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
      return createHttpProbe({
        url,
        method,
        statuses,
        body: body === undefined ? undefined : createPattern(body),
        ca,
      });
    }
    case 'rabbitmq': {
      const { queue, vhost = management.vhost, tag, minConsumers } = config;
      const pattern = tag === undefined ? undefined : createPattern(tag);
      return createRabbitMqProbe({ access: management, vhost, queue, tag: pattern, minConsumers });
    }
    case 'process':
      return createProcessProbe(config);
    case 'file':
      return createFileProbe(config, clock);
    case 'command':
      return createCommandProbe(config.command);
    case 'systemd':
      return createSystemdProbe(config);
  }
}

/** A server that does not respond in time is not OK; any other check has found nothing. */
export const lateResult = ({ config }: ProbeSettings): 'not_ok' | 'unknown' =>
  config.type === 'tcp' || config.type === 'http' ? 'not_ok' : 'unknown';
