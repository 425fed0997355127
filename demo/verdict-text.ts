import { counted, plainTable } from './output.ts';
import { components, isSameComponent } from './senders/components.ts';
import { type DemoOutcome, type HeartbeatId, isSuccess, judge } from './verdict.ts';

/** The most heartbeats that are listed one by one. */
const maxListed = 10;

/** Each component, the result, and what is wrong. */
export function describeOutcome(outcome: DemoOutcome): string {
  const { series, isDrained, deadLetters, outages, events } = outcome;
  const all = judge(series);
  const { received, rejected, duplicates, missing, silenced } = events.notifications();
  const rows = components.map((component) => {
    const { instances, accepted, found } = judge(series.filter(isSameComponent(component)));
    return [component.name, component.version, instances, accepted, found];
  });
  const often = outages.length === 1 ? 'once' : `${outages.length} times`;
  const lines = [
    '',
    plainTable(['COMPONENT', 'VERSION', 'INSTANCES', 'ACCEPTED', 'FOUND'], rows),
    '',
    `${isSuccess(outcome) ? 'Success' : 'FAILED'}: ` +
      `${counted(all.accepted, 'heartbeat')} accepted, ${all.found} found in Monasca, ` +
      `${all.missing.length} missing, ${counted(deadLetters, 'dead letter')}.`,
    `  ${counted(received, 'notification')} received, ${missing} missing, ` +
      `${rejected} rejected, ${duplicates} received twice, ${silenced} suppressed by the silence.`,
    `  Events: ${events
      .counts()
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', ')}.`,
    outages.length > 0 &&
      `  Monasca was unavailable ${often}; up to ${Math.max(...outages)} heartbeats waited.`,
    !isDrained && '  The outbox did not become empty in time.',
    all.accepted === 0 && '  The service accepted no heartbeat.',
    all.unanswered > 0 &&
      `  ${all.unanswered} got no response in time; ${all.unansweredFound} of them arrived.`,
    ...list('Missing', all.missing),
    ...list(`In Monasca, but never sent (${all.unexpected.length})`, all.unexpected),
  ];
  return `${lines.filter((line) => line !== false).join('\n')}\n`;
}

function list(title: string, heartbeats: readonly HeartbeatId[]): string[] {
  return heartbeats.slice(0, maxListed).map(({ name, version, instance, timestampMs }) => {
    return `  ${title}: ${name} ${version} ${instance}, ${new Date(timestampMs).toISOString()}`;
  });
}
